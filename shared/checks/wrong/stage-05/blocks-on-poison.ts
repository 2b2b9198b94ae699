import { setTimeout as sleep } from 'node:timers/promises';
import { readEvent } from '@medcenter/stage-05-events/schema';
import { main, type Wrong } from './base.ts';

/** Tries each message again and again before it gives it up, also one that will never be readable. */
export const wrong: Wrong = { caughtBy: 'poison-blocks-nobody' };

const PATIENCE = 9_000;

const isReadable = (value: Parameters<typeof readEvent>[0]): boolean => {
  try {
    return readEvent(value) !== undefined;
  } catch {
    return false;
  }
};

if (import.meta.main)
  await main({
    log: (log) => ({
      ...log,
      read: (options) =>
        log.read({
          ...options,
          async handle(message, signal) {
            if (!isReadable(message.value)) await sleep(PATIENCE, undefined, { signal });
            await options.handle(message, signal);
          },
        }),
    }),
  });
