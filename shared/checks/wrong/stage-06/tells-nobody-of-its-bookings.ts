import { withSlots } from '@medcenter/stage-06-grpc/repository';
import { createAppointmentRegistry } from '@medcenter/stage-06-grpc/service';
import { v7 as uuidv7 } from 'uuid';
import { clock, createOtherService, main, type Wrong } from './base.ts';

/** Books past the outbox: the statistics and the reminders never hear of it. */
export const wrong: Wrong = { caughtBy: 'grpc-books-a-slot-and-all-the-others-know' };

if (import.meta.main)
  await main({
    service(service, ground) {
      const storage = withSlots(ground.stored, ground);
      const appointments = createAppointmentRegistry({ storage, newId: uuidv7, clock });
      const { bookSlot } = createOtherService(ground, { storage, appointments });
      return { ...service, bookSlot };
    },
  });
