import { once } from 'node:events';
import { backOff } from './back-off.ts';
import type { ReadOptions } from './event-log.ts';
import { closeSoon, inTime, type KafkaConsumer, receive } from './kafka-client.ts';

export interface ReadingDeps {
  readonly consumer: KafkaConsumer;
  topicsAreThere(): Promise<void>;
  readonly prefix: string;
}

/** After so long without a break, the next one is the first. */
const CALM_MS = 30_000;

/**
 * Reads until it is disposed of. The client's stream ends at the first trouble that its few retries do not mend; then
 * another one is opened. The consumer stays: the group knows it, and need not wait until it is missed.
 */
export function startReading(options: ReadOptions, deps: ReadingDeps): AsyncDisposable {
  const { consumer } = deps;
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      const begun = performance.now();
      await readOnce(options, deps, stop.signal).catch((error) => {
        if (!stop.signal.aborted) options.onTrouble(error);
      });
      if (performance.now() - begun > CALM_MS) failures = 0;
      await backOff(failures, stop.signal).catch(() => {});
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await closeSoon(consumer.close(true)); // The others of the group take over at once.
    },
  };
}

/** Reads until something breaks. */
async function readOnce(
  { topics, group, handle }: ReadOptions,
  { consumer, topicsAreThere, prefix }: ReadingDeps,
  stop: AbortSignal,
): Promise<void> {
  const broken = new AbortController();
  const onBroken = (error: unknown) => broken.abort(error ?? new Error(`${group} has lost its group`));
  const end = AbortSignal.any([stop, broken.signal]);
  consumer.on('error', onBroken);
  consumer.on('consumer:heartbeat:stalled', onBroken);
  const opening = orAbort(topicsAreThere(), end).then(() =>
    consumer.consume({
      topics: topics.map((topic) => prefix + topic),
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: false, // It would be committed when it is fetched, before anything was done.
      maxWaitTime: 500,
      highWaterMark: 32,
    }),
  );
  try {
    const messages = (await orAbort(opening, end))[Symbol.asyncIterator]();
    for (;;) {
      const { value: message, done } = await orAbort(messages.next(), end);
      if (done) throw new Error('the stream has ended');
      await handle(receive(message, prefix), stop);
      // In time: a commit in a group that is lost would wait for ever.
      await inTime(Promise.resolve(message.commit()));
    }
  } finally {
    consumer.off('error', onBroken);
    consumer.off('consumer:heartbeat:stalled', onBroken);
    await closeSoon(
      opening.then((stream) => {
        if (stream.closed) return undefined;
        stream.destroy();
        return once(stream, 'close');
      }),
    );
  }
}

/** Whatever comes first. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    work.catch(() => {}); // Nobody waits for it any more.
  }
}
