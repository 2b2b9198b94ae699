import { sqlStatistics } from '@medcenter/stage-05-events/repository';
import { readEvent } from '@medcenter/stage-05-events/schema';
import { v7 as uuidv7 } from 'uuid';
import { clock, main, openGround, type Wrong } from './base.ts';

/** Counts everything once more, and forgets to clear the table first. */
export const wrong: Wrong = { caughtBy: 'replay-ends-at-the-same-figures' };

if (import.meta.main)
  await main({
    commands: {
      async replay(stack, config) {
        const { stored, log } = await openGround(stack, config);
        stack.defer(() => stored.close());
        for await (const { value } of log.list(['appointments.created'])) {
          const { data } = readEvent(value);
          await stored.transaction((tx) =>
            sqlStatistics(tx.sql).put([{ ...data, id: uuidv7() }], clock.now()),
          );
        }
      },
    },
  });
