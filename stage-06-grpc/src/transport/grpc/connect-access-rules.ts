import { type Role, SCHEDULE_ROLES } from '../../domain/index.ts';

const { read, change, book } = SCHEDULE_ROLES;

/** Role by route, to be put beside the rules of `/api`. */
export const connectAccessRules: Readonly<Record<string, Readonly<Partial<Record<Role, 'all'>>>>> = {
  'POST /medcenter.schedule.v1.ScheduleService/GetSchedule': read,
  'POST /medcenter.schedule.v1.ScheduleService/PutSchedule': change,
  'POST /medcenter.schedule.v1.ScheduleService/GetAvailableSlots': read,
  'POST /medcenter.schedule.v1.ScheduleService/BookSlot': book,
  'POST /medcenter.schedule.v1.ScheduleService/StreamDailyAppointments': read,
};
