import type { ScheduleInput } from '../../src/domain/index.ts';

/** From 9 to 11 each weekday in Berlin, by half hours; nothing at the weekend. */
export function sampleSchedule(overrides: Partial<ScheduleInput> = {}): ScheduleInput {
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;
  return {
    timeZone: 'Europe/Berlin',
    slotMinutes: 30,
    weekly: days.map((day) => ({ day, from: '09:00', to: '11:00' })),
    exceptions: [],
    ...overrides,
  };
}
