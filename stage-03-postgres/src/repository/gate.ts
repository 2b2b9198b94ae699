import { unavailable } from '../domain/index.ts';

export interface GateLimits {
  /** So many are inside at a time. */
  readonly size: number;
  /** A place that nobody gave back for so long is not coming back soon. */
  readonly stuckMs: number;
  /** Nobody waits longer than this, however well it goes on. */
  readonly waitMs: number;
  /** What is told to those who waited for nothing. */
  readonly refusal: string;
}

export interface Gate {
  /** Runs work inside, when there is a place. @throws DomainError `unavailable` when there is none in time */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** How many wait. */
  waiting(): number;
  /** Waits until nobody is inside. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly since: number;
  enter(): void;
  refuse(error: Error): void;
}

/**
 * Lets a few through at a time, and the others wait in the order of their coming. The pool's own queue refuses all who
 * wait longer than some time; then two hundred callers of one connection each would be refused though each takes but
 * some milliseconds. So what counts here is whether the queue moves: one that stands still is refused soon.
 */
export function createGate({ size, stuckMs, waitMs, refusal }: GateLimits): Gate {
  const queue: Waiting[] = [];
  let free = size;
  let lastMove = 0;
  let watch: NodeJS.Timeout | undefined;
  const drained: (() => void)[] = [];

  const place = (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    queue.push({ since: performance.now(), enter: resolve, refuse: reject });
    watch ??= setInterval(refuseTheLate, stuckMs / 10);
    return promise;
  };

  const leave = (): void => {
    lastMove = performance.now();
    const next = queue.shift();
    if (next) {
      next.enter(); // The place goes from hand to hand.
      return;
    }
    free += 1;
    if (free === size) for (const tell of drained.splice(0)) tell();
  };

  const refuseTheLate = (): void => {
    const now = performance.now();
    const isLate = ({ since }: Waiting) => now - since > waitMs || now - Math.max(since, lastMove) > stuckMs;
    // Who came first has waited longest: the late are at the head.
    while (queue[0] && isLate(queue[0])) {
      queue.shift()?.refuse(unavailable(refusal));
    }
    if (queue.length > 0) return;
    clearInterval(watch);
    watch = undefined;
  };

  return {
    async pass(work) {
      await place();
      try {
        return await work();
      } finally {
        leave();
      }
    },
    waiting: () => queue.length,
    drain: () => (free === size ? Promise.resolve() : new Promise((resolve) => drained.push(resolve))),
  };
}
