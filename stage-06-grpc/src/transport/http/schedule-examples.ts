import type { Schedule, ScheduleInput, Slot } from '../../domain/index.ts';

/** Examples in the API's document are sent and answered by a test, so they are true. */
export const exampleScheduleInput: ScheduleInput = {
  timeZone: 'Europe/Berlin',
  slotMinutes: 30,
  weekly: [
    { day: 'monday', from: '09:00', to: '12:00' },
    { day: 'monday', from: '13:00', to: '17:00' },
    { day: 'thursday', from: '09:00', to: '13:00' },
  ],
  exceptions: [
    { date: '2027-03-04', intervals: [] },
    { date: '2027-03-05', intervals: [{ from: '10:00', to: '11:00' }] },
  ],
};

export const exampleSchedule: Schedule = {
  doctorId: '01981a3e-6c00-7000-8000-9b1c0d2e3f40',
  ...exampleScheduleInput,
  version: 1,
  updatedAt: '2026-06-15T10:00:00.000Z',
};

/** The slots of 2027-03-05 by that schedule. */
export const exampleSlots: readonly Slot[] = [
  { startsAt: '2027-03-05T09:00:00.000Z', endsAt: '2027-03-05T09:30:00.000Z' },
  { startsAt: '2027-03-05T09:30:00.000Z', endsAt: '2027-03-05T10:00:00.000Z' },
];
