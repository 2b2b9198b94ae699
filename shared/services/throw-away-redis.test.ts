import { test } from 'node:test';
import { askRedis } from './redis-url.ts';
import { needsRedisProgram } from './testing.ts';
import { disposeOfAbandonedRedis } from './throw-away-redis.ts';
import { assertOutlivesItsOwner } from './throw-away-testing.ts';

test(
  'a Redis that is thrown away outlives an owner that is killed, also frozen, and is ended by the next one',
  needsRedisProgram(),
  (t) =>
    assertOutlivesItsOwner(t, {
      name: 'Redis',
      disposeOfAbandoned: disposeOfAbandonedRedis,
      ask: (url) => askRedis(url, [['PING']]),
    }),
);
