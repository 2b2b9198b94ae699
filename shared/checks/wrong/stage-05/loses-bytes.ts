import { main, type Wrong } from './base.ts';

/** Reads every value as text, also what is none, and puts aside what it has read. */
export const wrong: Wrong = { caughtBy: 'dead-letter-keeps-every-byte' };

if (import.meta.main)
  await main({
    log: (log) => ({
      ...log,
      publish: (messages) =>
        log.publish(
          messages.map(({ value, ...message }) => ({
            ...message,
            value: value === null ? null : Buffer.from(value).toString('utf8'),
          })),
        ),
    }),
  });
