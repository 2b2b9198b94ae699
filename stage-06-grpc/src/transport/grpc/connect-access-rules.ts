import type { Role } from '../../domain/index.ts';

const admin = { admin: 'all' } as const;
const desk = { ...admin, receptionist: 'all' } as const;
const staff = { ...desk, doctor: 'all' } as const;

/** Role by route, to be put beside the rules of `/api`. */
export const connectAccessRules: Readonly<Record<string, Readonly<Partial<Record<Role, 'all'>>>>> = {
  'POST /medcenter.schedule.v1.ScheduleService/GetSchedule': staff,
  'POST /medcenter.schedule.v1.ScheduleService/PutSchedule': admin,
  'POST /medcenter.schedule.v1.ScheduleService/GetAvailableSlots': staff,
  'POST /medcenter.schedule.v1.ScheduleService/BookSlot': desk,
  'POST /medcenter.schedule.v1.ScheduleService/StreamDailyAppointments': staff,
};
