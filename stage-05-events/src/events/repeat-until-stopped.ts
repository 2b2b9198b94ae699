import { backOff } from './back-off.ts';

export interface Worker extends AsyncDisposable {
  /** There may be work: begin now, and not at the next look. */
  wake(): void;
}

export interface WorkerOptions {
  /** Does some of the work. Answers whether there may be more. */
  work(signal: AbortSignal): Promise<boolean>;
  /** How often it looks for work when nobody wakes it. */
  everyMs: number;
  onTrouble(error: unknown): void;
}

/** Works until it is disposed of; then the work at hand is done to its end. A failure makes it wait, and try again. */
export function startWorker({ work, everyMs, onTrouble }: WorkerOptions): Worker {
  const stop = new AbortController();
  const alarm = createAlarm();
  const run = async () => {
    for (let failures = 0; !stop.signal.aborted; ) {
      alarm.set(); // Before it looks: who wakes it while it works has it look once more.
      try {
        const isMore = await work(stop.signal);
        failures = 0;
        if (!isMore) await alarm.ringsOrAfter(everyMs);
      } catch (error) {
        if (stop.signal.aborted) return;
        onTrouble(error);
        await backOff(failures++, stop.signal).catch(() => {});
      }
    }
  };
  const running = run();
  return {
    wake: alarm.ring,
    async [Symbol.asyncDispose]() {
      stop.abort();
      alarm.ring();
      await running;
    },
  };
}

function createAlarm() {
  let rung = Promise.withResolvers<void>();
  return {
    set() {
      rung = Promise.withResolvers();
    },
    ring: () => rung.resolve(),
    async ringsOrAfter(milliseconds: number) {
      const timer = setTimeout(rung.resolve, milliseconds);
      await rung.promise;
      clearTimeout(timer);
    },
  };
}
