import { DomainError } from '@medcenter/stage-06-grpc/domain';
import { main, type Wrong } from './base.ts';

/** Says that something is wrong, and not what. */
export const wrong: Wrong = { caughtBy: 'grpc-names-the-fields-that-are-wrong' };

if (import.meta.main)
  await main({
    service: (service) => ({
      ...service,
      availableSlots: (...words) =>
        service.availableSlots(...words).catch((error) => {
          const isBad = error instanceof DomainError && error.code === 'validation';
          throw isBad ? new DomainError('validation', 'this is not right') : error;
        }),
    }),
  });
