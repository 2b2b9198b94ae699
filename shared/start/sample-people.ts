import type { PatientInput } from '@medcenter/stage-01-core/domain';
import type { DoctorInput } from '@medcenter/stage-03-postgres/domain';
import { type ScheduleInput, WEEKDAYS } from '@medcenter/stage-06-grpc/domain';

/** Invented people, who turn up in all lessons. */
export const SAMPLE_PEOPLE: readonly PatientInput[] = [
  {
    lastName: 'Okafor',
    firstName: 'Adaeze',
    birthDate: '1990-05-14',
    sex: 'female',
    phone: '+2348012345678',
  },
  { lastName: '山田', firstName: '太郎', birthDate: '1984-02-29', sex: 'male' },
  { lastName: 'Иванова', firstName: 'Мария', middleName: 'Петровна', birthDate: '1957-11-03', sex: 'female' },
  { lastName: 'Álvarez', firstName: 'José', birthDate: '2019-08-21', sex: 'male', phone: '+34911234567' },
  { lastName: 'حداد', firstName: 'ليلى', birthDate: '1978-01-30', sex: 'female' },
];

/** Invented, too. */
export const SAMPLE_DOCTORS: readonly DoctorInput[] = [
  { lastName: 'Haddad', firstName: 'Samira', specialty: 'cardiology' },
  { lastName: 'Lindqvist', firstName: 'Åsa', specialty: 'paediatrics' },
  { lastName: '佐藤', firstName: '健', specialty: 'general practice' },
];

/** Every day, so that there is something to book tomorrow, whatever day that is. */
export const SAMPLE_SCHEDULE: ScheduleInput = {
  timeZone: 'Europe/Berlin',
  slotMinutes: 30,
  weekly: WEEKDAYS.flatMap((day) => [
    { day, from: '09:00', to: '13:00' },
    { day, from: '14:00', to: '17:00' },
  ]),
  exceptions: [],
};
