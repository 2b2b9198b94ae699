import { randomBytes } from 'node:crypto';
import { openLocalRedis } from './local-redis.ts';
import { redisUrl } from './redis-url.ts';
import { createThrowAwayFolder, disposeOfAbandoned, startThrowAway, type ThrowAway } from './throw-away.ts';

export interface ThrowAwayRedisOptions {
  readonly detached: boolean;
  readonly maxmemory?: string | undefined;
  readonly signal?: AbortSignal;
}

/** An empty Redis on a free port, for tests: it keeps nothing on the disk. @throws ServiceError when there is none here */
export async function startThrowAwayRedis(options: ThrowAwayRedisOptions): Promise<ThrowAway> {
  const folder = createThrowAwayFolder('redis');
  const password = randomBytes(16).toString('hex');
  const { maxmemory, signal } = options;
  const server = openLocalRedis({ folder, password, throwAway: true, maxmemory, signal });
  return await startThrowAway({ server, folder, urlOf: (port) => redisUrl({ port, password }) }, options);
}

/** Ends the servers whose owner could not, because it was itself killed. */
export async function disposeOfAbandonedRedis(): Promise<void> {
  await disposeOfAbandoned('redis', (folder) => openLocalRedis({ folder, password: '' }));
}
