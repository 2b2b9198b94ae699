import { conflict, DomainError } from '@medcenter/stage-06-grpc/domain';
import { main, type Wrong } from './base.ts';

/** Tells everybody who cannot be booked the same. */
export const wrong: Wrong = { caughtBy: 'grpc-tells-a-taken-slot-from-one-that-is-none' };

if (import.meta.main)
  await main({
    service: (service) => ({
      ...service,
      bookSlot: (...words) =>
        service.bookSlot(...words).catch((error) => {
          const isConflict = error instanceof DomainError && error.code === 'conflict';
          throw isConflict ? conflict('this cannot be booked') : error;
        }),
    }),
  });
