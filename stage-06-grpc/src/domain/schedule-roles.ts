import type { Role } from '@medcenter/stage-05-events/domain';

const admin = { admin: 'all' } as const;
const desk = { ...admin, receptionist: 'all' } as const;
const staff = { ...desk, doctor: 'all' } as const;

/** Who may do what with schedules and slots, by whichever door they come. */
export const SCHEDULE_ROLES = {
  read: staff,
  change: admin,
  book: desk,
} as const satisfies Record<string, Readonly<Partial<Record<Role, 'all'>>>>;
