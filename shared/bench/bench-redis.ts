import { openRedis, type Redis } from '@medcenter/stage-04-redis/cache';
import { startThrowAwayRedis } from '../services/throw-away-redis.ts';

/** A Redis of the measurement's own, and the stage's way to it. */
export async function openBenchRedis(stack: AsyncDisposableStack): Promise<Redis> {
  const server = await startThrowAwayRedis({ detached: false });
  stack.defer(() => server.dispose());
  // Patience: a busy machine must not turn a hit into a bypass.
  return stack.adopt(await openRedis({ url: server.url, prefix: 'bench:', timeoutMs: 10_000 }), (redis) =>
    redis.close(),
  );
}
