import type { Clock } from '../domain/index.ts';

/** Says yes so often in each minute of the clock, and then no. */
export function createQuota(aMinute: number, clock: Clock): () => boolean {
  let current = { minute: 0, count: 0 };
  return () => {
    const minute = Math.floor(clock.now().getTime() / 60_000);
    current = { minute, count: minute === current.minute ? current.count + 1 : 1 };
    return current.count <= aMinute;
  };
}
