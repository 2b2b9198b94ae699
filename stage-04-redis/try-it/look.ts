// What lies in Redis now: each key with its kind, the time that it has left, and the beginning of its value. A copy
// begins with "=", a lease with "?", a hold with "!".
import { openRedis } from '../src/cache/index.ts';
import { readConfig, readEnvironment, variables } from '../src/config/index.ts';

const config = readConfig(variables, readEnvironment(new URL('../.env', import.meta.url)));
if (config.REDIS_URL === undefined) throw new Error('REDIS_URL is not set: npm run services -- up');

const redis = await openRedis({ url: config.REDIS_URL, prefix: '', timeoutMs: 2_000 });
const keys = await redis.ask((client) => client.keys(`${config.REDIS_PREFIX}*`));
for (const key of keys.sort()) {
  const [kind, leftMs] = await redis.ask((client) => Promise.all([client.type(key), client.pTTL(key)]));
  const value = kind === 'string' ? await redis.ask((client) => client.get(key)) : `(${kind})`;
  const seconds = String(Math.ceil(leftMs / 1_000)).padStart(6);
  console.log(`${seconds} s  ${key.slice(config.REDIS_PREFIX.length)}  ${(value ?? '').slice(0, 40)}`);
}
await redis.close();
