import { isDeepStrictEqual } from 'node:util';
import { type Appointment, type AppointmentInput, keyReused } from '@medcenter/stage-03-postgres/domain';
import { main, type Wrong } from './base.ts';

/** Keeps the answers in its memory: after a restart nobody knows the keys any more. */
export const wrong: Wrong = { caughtBy: 'restart-finds-everything' };

const kept = new Map<string, { input: AppointmentInput; answer: Promise<Appointment> }>();

if (import.meta.main)
  await main({
    services: ({ appointments }) => ({
      appointments: {
        ...appointments,
        async book(input, { idempotencyKey } = {}) {
          if (idempotencyKey === undefined) return appointments.book(input);
          const known = kept.get(idempotencyKey) ?? { input, answer: appointments.book(input) };
          if (!isDeepStrictEqual(known.input, input)) throw keyReused();
          kept.set(idempotencyKey, known);
          return known.answer;
        },
      },
    }),
  });
