import { DomainError, isLive } from '@medcenter/stage-03-postgres/domain';
import { main, type Wrong } from './base.ts';

/** Is so kind as to say who has the time. */
export const wrong: Wrong = { caughtBy: 'conflict-tells-nothing-of-the-other-booking' };

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        book: (input, options) =>
          appointments.book(input, options).catch(async (error: unknown) => {
            if (!(error instanceof DomainError) || error.code !== 'conflict') throw error;
            const [other] = (await appointments.list({ doctorId: input.doctorId })).filter(isLive);
            throw new DomainError('conflict', `patient ${other?.patientId} is there then`, error.details);
          }),
      },
    }),
  });
