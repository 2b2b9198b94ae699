import { main, type Wrong } from './base.ts';

/** Puts a message aside and does not say what is wrong with it. */
export const wrong: Wrong = { caughtBy: 'dead-letter-tells-what-is-wrong' };

if (import.meta.main)
  await main({
    log: (log) => ({
      ...log,
      publish: (messages) =>
        log.publish(
          messages.map((message) => {
            const { headers = {} } = message;
            if (headers['dlq-error'] === undefined) return message;
            return { ...message, headers: { ...headers, 'dlq-error': 'the message could not be handled' } };
          }),
        ),
    }),
  });
