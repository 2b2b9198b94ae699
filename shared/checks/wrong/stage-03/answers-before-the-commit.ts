import { setTimeout as sleep } from 'node:timers/promises';
import { createAppointment } from '@medcenter/stage-03-postgres/domain';
import { v7 as uuidv7 } from 'uuid';
import { clock, main, type Wrong } from './base.ts';

/** Says "booked" and writes a little later: whoever was told so in between is gone after a power cut. */
export const wrong: Wrong = { caughtBy: 'kill-nine-keeps-every-booking' };

let written: Promise<unknown> = Promise.resolve();

if (import.meta.main)
  await main({
    services: ({ appointments }, storage) => ({
      appointments: {
        ...appointments,
        async book(input) {
          const appointment = createAppointment(input, { id: uuidv7(), clock });
          const before = written;
          written = sleep(100).then(async () => {
            await before;
            await storage.transaction((tx) => tx.appointments.insert(appointment));
          });
          return appointment;
        },
        get: (id) => written.then(() => appointments.get(id)),
        change: (...change) => written.then(() => appointments.change(...change)),
        page: (query) => written.then(() => appointments.page(query)),
      },
    }),
  });
