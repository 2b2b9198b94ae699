/** The promise's outcome, or the signal's reason if that comes first. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * What a generator yields, for readers who may leave at any time. A generator that waits for something to happen does
 * not hear its own `return` before it has happened; so it is handed a signal, which aborts when its reader is gone.
 * @param outer another way to say that the reader is gone: then `next` throws its reason
 */
export function leavable<T>(
  generate: (signal: AbortSignal) => AsyncGenerator<T, void>,
  outer?: AbortSignal,
): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => iterate(generate, outer) };
}

function iterate<T>(
  generate: (signal: AbortSignal) => AsyncGenerator<T, void>,
  outer: AbortSignal | undefined,
): AsyncIterator<T, void> {
  const leaving = new AbortController();
  const signal = outer ? AbortSignal.any([leaving.signal, outer]) : leaving.signal;
  const events = generate(signal);
  const end = () => void events.return().catch(() => {});
  signal.addEventListener('abort', end, { once: true });
  let over = false;
  return {
    async next() {
      if (over) return { done: true, value: undefined };
      try {
        signal.throwIfAborted();
        const result = await orAborted(events.next(), signal);
        if (result.done) leaving.abort();
        return result;
      } catch (error) {
        leaving.abort();
        if (over) return { done: true, value: undefined };
        throw error;
      }
    },
    async return() {
      over = true;
      leaving.abort(); // Nobody waits for what the generator waits for.
      return { done: true, value: undefined };
    },
  };
}
