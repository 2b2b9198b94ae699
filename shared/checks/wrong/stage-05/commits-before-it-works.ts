import { setTimeout as sleep } from 'node:timers/promises';
import { startConsumer } from '@medcenter/stage-05-events/events';
import { main, type Wrong } from './base.ts';

/** Takes an event for done when it has come, and works on it a little later. */
export const wrong: Wrong = { caughtBy: 'kill-nine-under-bookings-counts-each-once' };

if (import.meta.main)
  await main({
    consumer: (options) => {
      let work: Promise<void> = Promise.resolve();
      return startConsumer({
        ...options,
        async handle(event) {
          work = Promise.all([work, sleep(300)])
            .then(() => options.handle(event))
            .catch(() => {});
        },
      });
    },
  });
