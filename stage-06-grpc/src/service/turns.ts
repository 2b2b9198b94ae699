import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Runs what computes for long one after another, each in a turn of the event loop of its own: between two of them the
 * process answers others, and hears who has left. Whose signal has aborted by then is not computed for.
 */
export type Turns = <T>(compute: () => T, signal?: AbortSignal) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (compute, signal) => {
    const turn = last.then(async () => {
      signal?.throwIfAborted();
      await nextTurn();
      signal?.throwIfAborted();
      return compute();
    });
    last = turn.catch(() => {});
    return turn;
  };
}
