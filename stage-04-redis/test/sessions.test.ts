import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needsRedis } from '@medcenter/shared/testing/redis';
import { unavailable } from '../src/domain/index.ts';
import { createSystemClock } from '../src/service/index.ts';
import {
  createMemoryThrottle,
  createRedisSessions,
  createRedisThrottle,
  createSqlSessions,
  GRACE_MS,
  type SessionStore,
  withGrace,
} from '../src/session/index.ts';
import { loginThrottleContract, sessionStoreContract } from './contracts/index.ts';
import { addAccount, connectRedis, openStorage, POSTGRES, SQLITE } from './support.ts';

const clock = createSystemClock();

for (const database of [SQLITE, POSTGRES]) {
  suite(database.name, database.suite, () => {
    test('a sweep takes the rows away that are over', async (t) => {
      const storage = await openStorage(t, await database.place(t));
      const { id: accountId, username, role } = await addAccount(storage);
      const sessions = createSqlSessions({ storage, clock, idleMs: 60_000 });
      const put = (hash: string, ms: number) =>
        sessions.put(hash, { accountId, username, role, expiresAt: new Date(Date.now() + ms).toISOString() });
      await Promise.all([put('over', 1), put('alive', 60_000)]);
      await sleep(10);
      await sessions.sweep();
      const rows = await storage.sql.query('SELECT token_hash FROM sessions');
      assert.deepEqual(
        rows.map((row) => ({ ...row })),
        [{ token_hash: 'alive' }],
      );
    });

    test('a session whose idle time cannot be written anew is found all the same', async (t) => {
      const storage = await openStorage(t, await database.place(t));
      const { id: accountId, username, role } = await addAccount(storage);
      const session = { accountId, username, role, expiresAt: '2091-01-01T00:00:00.000Z' };
      await createSqlSessions({ storage, clock, idleMs: 1_000 }).put('x', session);
      await sleep(200);
      const busy = {
        ...storage,
        transaction: () => Promise.reject(unavailable('another program holds the database')),
      };
      assert.deepEqual(await createSqlSessions({ storage: busy, clock, idleMs: 1_000 }).find('x'), session);
    });

    sessionStoreContract(`the sessions in ${database.name}`, async (t, idleMs) => {
      const storage = await openStorage(t, await database.place(t));
      return {
        sessions: createSqlSessions({ storage, clock, idleMs }),
        addAccount: () => addAccount(storage),
      };
    });
  });
}

loginThrottleContract('the throttle in the process', async (_t, limits) => createMemoryThrottle(limits));

suite('Redis', needsRedis(), () => {
  /** Somebody who stays signed in for long. */
  const ada = {
    accountId: 'a',
    username: 'ada',
    role: 'doctor',
    expiresAt: '2091-01-01T00:00:00.000Z',
  } as const;

  sessionStoreContract('the sessions in Redis', async (t, idleMs) => {
    const redis = await connectRedis(t);
    const storage = await openStorage(t, await SQLITE.place(t));
    return {
      sessions: withGrace(createRedisSessions({ redis, clock, idleMs }), clock),
      addAccount: () => addAccount(storage),
    };
  });
  loginThrottleContract('the throttle in Redis', async (t, limits) =>
    createRedisThrottle(await connectRedis(t), limits),
  );

  test('the list of an account forgets the sessions that are over, and goes with the last one', async (t) => {
    const redis = await connectRedis(t);
    const sessions = createRedisSessions({ redis, clock, idleMs: 60_000 });
    const session = { accountId: 'a', username: 'ada', role: 'doctor' } as const;
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    for (let n = 0; n < 20; n++) await sessions.put(`short ${n}`, { ...session, expiresAt: at(100) });
    await sleep(150);
    await sessions.put('long', { ...session, expiresAt: at(60_000) });
    assert.deepEqual(await redis.ask((client) => client.zRange('sessions-of:a', 0, -1)), ['long']);
    assert.ok((await redis.ask((client) => client.pTTL('sessions-of:a'))) <= 60_000);
  });

  test('a shorter session beside a longer one does not take it out of the list', async (t) => {
    const redis = await connectRedis(t);
    const sessions = createRedisSessions({ redis, clock, idleMs: 60_000 });
    const session = { accountId: 'a', username: 'ada', role: 'doctor' } as const;
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    await sessions.put('long', { ...session, expiresAt: at(60_000) });
    await sessions.put('short', { ...session, expiresAt: at(100) });
    await sleep(150);
    await sessions.deleteAll('a');
    assert.equal(await sessions.find('long'), undefined);
  });

  test('one that was signed in while all were ended is ended the next time', async (t) => {
    const redis = await connectRedis(t);
    const sessions = createRedisSessions({ redis, clock, idleMs: 60_000 });
    await sessions.put('before', ada);
    // Between what deleteAll reads and what it takes away, somebody signs in.
    let asked = 0;
    const slow = createRedisSessions({
      redis: {
        ...redis,
        async ask(commands) {
          asked += 1;
          if (asked === 2) await sessions.put('meanwhile', ada);
          return redis.ask(commands);
        },
      },
      clock,
      idleMs: 60_000,
    });
    await slow.deleteAll('a');
    assert.equal(await sessions.find('before'), undefined);
    assert.ok(await sessions.find('meanwhile'));
    await sessions.deleteAll('a');
    assert.equal(await sessions.find('meanwhile'), undefined);
  });

  test('one whose idle time cannot be written anew is found all the same', async (t) => {
    const redis = await connectRedis(t);
    const readOnly: typeof redis = {
      ...redis,
      ask: (commands) =>
        redis.ask((client) => {
          const refusing = Object.create(client, {
            pExpire: {
              value: () => Promise.reject(new Error('READONLY You cannot write against a replica.')),
            },
          });
          return commands(refusing);
        }),
    };
    await createRedisSessions({ redis, clock, idleMs: 1_000 }).put('x', ada);
    await sleep(200);
    assert.ok(await createRedisSessions({ redis: readOnly, clock, idleMs: 1_000 }).find('x'));
  });

  test('one that a newer program has kept, with more in it, is found', async (t) => {
    const redis = await connectRedis(t);
    const session = {
      accountId: 'a',
      username: 'ada',
      role: 'doctor',
      expiresAt: '2091-01-01T00:00:00.000Z',
    };
    await redis.ask((client) => client.set('session:x', JSON.stringify({ ...session, device: 'a phone' })));
    const found = await createRedisSessions({ redis, clock, idleMs: 60_000 }).find('x');
    assert.equal(found?.username, 'ada');
  });

  test('whoever signs out leaves the list', async (t) => {
    const redis = await connectRedis(t);
    const sessions = createRedisSessions({ redis, clock, idleMs: 60_000 });
    await sessions.put('x', ada);
    await sessions.delete('x');
    assert.equal(await redis.ask((client) => client.exists('sessions-of:a')), 0);
  });

  test('what is no session of ours is none', async (t) => {
    const redis = await connectRedis(t);
    const sessions = createRedisSessions({ redis, clock, idleMs: 60_000 });
    for (const text of ['', '{', '{}', '{"role":"admin"}', '[]', 'null']) {
      await redis.ask((client) => client.set('session:x', text));
      assert.equal(await sessions.find('x'), undefined, text);
    }
  });
});

suite('grace', () => {
  const expiresAt = '2026-06-15T12:00:00.000Z';
  const session = { accountId: 'a', username: 'ada', role: 'doctor', expiresAt } as const;

  /** Sessions that can be switched off, and a clock that can be moved. */
  function createDesk() {
    const state = { now: Date.parse('2026-06-15T10:00:00.000Z'), down: false };
    const answer = async <T>(value: T) => {
      if (state.down) throw unavailable('Redis cannot answer now');
      return value;
    };
    const store: SessionStore = {
      put: () => answer(undefined),
      find: (hash) => answer(hash === 'known' ? session : undefined),
      delete: () => answer(undefined),
      deleteAll: () => answer(undefined),
      sweep: () => answer(undefined),
    };
    const movable = { now: () => new Date(state.now), today: () => '2026-06-15' };
    return { state, sessions: withGrace(store, movable) };
  }

  test('one that was checked within 30 s is believed while none can be checked; another is not', async () => {
    const { state, sessions } = createDesk();
    await sessions.find('known');
    state.down = true;
    state.now += GRACE_MS - 1;
    assert.deepEqual(await sessions.find('known'), session);
    await assert.rejects(sessions.find('unknown'), { code: 'unavailable' });
    state.now += 1;
    await assert.rejects(sessions.find('known'), { code: 'unavailable' });
  });

  test('to be believed does not make it longer, and neither beyond its own end', async () => {
    const { state, sessions } = createDesk();
    await sessions.find('known');
    state.down = true;
    state.now += GRACE_MS / 2;
    await sessions.find('known');
    state.now += GRACE_MS / 2;
    await assert.rejects(sessions.find('known'), { code: 'unavailable' });
    state.down = false;
    state.now = Date.parse(expiresAt) - 5;
    await sessions.find('known');
    state.down = true;
    state.now += 5;
    await assert.rejects(sessions.find('known'), { code: 'unavailable' });
  });

  test('one that was ended here while it was looked up is not believed afterwards', async () => {
    const answer = Promise.withResolvers<void>();
    let down = false;
    const store: SessionStore = {
      put: async () => {},
      async find() {
        if (down) throw unavailable('Redis cannot answer now');
        await answer.promise;
        return session;
      },
      delete: async () => {},
      deleteAll: async () => {},
      sweep: async () => {},
    };
    const sessions = withGrace(store, {
      now: () => new Date('2026-06-15T10:00:00.000Z'),
      today: () => '2026-06-15',
    });
    const late = sessions.find('known');
    await sessions.delete('known');
    answer.resolve();
    await late;
    down = true;
    await assert.rejects(sessions.find('known'), { code: 'unavailable' });
  });

  test('one that was ended here is believed no more', async () => {
    for (const end of [(s: SessionStore) => s.delete('known'), (s: SessionStore) => s.deleteAll('a')]) {
      const { state, sessions } = createDesk();
      await sessions.find('known');
      await end(sessions);
      state.down = true;
      await assert.rejects(sessions.find('known'), { code: 'unavailable' });
    }
  });
});
