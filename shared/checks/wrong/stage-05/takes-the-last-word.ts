import { sqlStatistics } from '@medcenter/stage-05-events/repository';
import { clock, main, type Wrong } from './base.ts';

/** Whatever it hears last is the truth, however old it is. */
export const wrong: Wrong = { caughtBy: 'cancelled-before-created-ends-right' };

if (import.meta.main)
  await main({
    count:
      (_, { stored }) =>
      (event) =>
        stored.transaction(async (tx) => {
          await tx.sql.query('DELETE FROM appointment_facts WHERE appointment_id = $1', event.data.id);
          await sqlStatistics(tx.sql).put([event.data], clock.now());
        }),
  });
