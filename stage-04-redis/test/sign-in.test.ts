import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import type { ClinicStorage } from '../src/repository/index.ts';
import { sqlAccounts } from '../src/repository/index.ts';
import { createSystemClock } from '../src/service/index.ts';
import {
  createAccountRegistry,
  createMemoryThrottle,
  createPasswords,
  createSignIn,
  createSqlSessions,
  LOGIN_LIMITS,
  type Passwords,
  type SessionStore,
} from '../src/session/index.ts';
import { openStorage, POSTGRES, SQLITE } from './support.ts';

const clock = createSystemClock();
const HOUR = 3_600_000;
const PASSWORD = 'tea at half past four';
const address = '127.0.0.1';

interface Overrides {
  readonly passwords?: Passwords;
  wrap?(sessions: SessionStore): SessionStore;
}

/** Everything that sign-in is made of, over a database. */
function createDesk(
  storage: ClinicStorage,
  { passwords = createPasswords({ ln: 10 }), wrap = (s) => s }: Overrides = {},
) {
  const sessions = wrap(createSqlSessions({ storage, clock, idleMs: HOUR }));
  const deps = { storage, sessions, passwords, newId: uuidv7, clock };
  const accounts = createAccountRegistry(deps);
  const signIn = createSignIn({ ...deps, throttle: createMemoryThrottle(), ttlMs: HOUR });
  const add = (username: string, role = 'receptionist') =>
    accounts.add({ username, role, password: PASSWORD });
  const login = (username: string, password = PASSWORD) => signIn.login({ username, password, address });
  return { storage, sessions, accounts, signIn, add, login };
}

const openDesk = async (t: TestContext, overrides?: Overrides) =>
  createDesk(await openStorage(t, await SQLITE.place(t)), overrides);

suite('sign-in', () => {
  test('a token is new each time, says who it is, and ends when its owner signs out', async (t) => {
    const { add, login, signIn } = await openDesk(t);
    const account = await add('anna');
    const [one, two] = [await login('anna'), await login(' ANNA ')];
    assert.notEqual(one.token, two.token);
    for (const { token, session } of [one, two]) {
      assert.equal(Buffer.from(token, 'base64url').length, 32);
      assert.deepEqual(await signIn.check(token), session);
      assert.deepEqual(
        [session.username, session.role, session.accountId],
        ['anna', 'receptionist', account.id],
      );
      const lasts = Date.parse(session.expiresAt) - Date.now();
      assert.ok(lasts > HOUR - 10_000 && lasts <= HOUR);
    }
    await signIn.logout(one.token);
    await assert.rejects(signIn.check(one.token), { code: 'unauthenticated' });
    assert.ok(await signIn.check(two.token));
  });

  test('a token that was changed, or is none, is nobody', async (t) => {
    const { add, login, signIn } = await openDesk(t);
    await add('anna');
    const { token } = await login('anna');
    for (const other of ['', 'x', token.slice(1), `${token}x`, token.toUpperCase(), 'é'.repeat(43)]) {
      await assert.rejects(signIn.check(other), { code: 'unauthenticated' }, other);
    }
  });

  test('an unknown name and a wrong password are refused in the same words, and both cost a hash', async (t) => {
    let hashes = 0;
    const real = createPasswords({ ln: 10 });
    const counting: Passwords = {
      ...real,
      verify: (password, hash) => {
        hashes += 1;
        return real.verify(password, hash);
      },
    };
    const { add, login } = await openDesk(t, { passwords: counting });
    await add('anna');
    const refusals = [
      ['anna', 'not her password'],
      ['nobody', PASSWORD],
      ['', PASSWORD],
      ['no\0body', PASSWORD],
      ['x'.repeat(5_000), PASSWORD],
    ].map(([username = '', password]) =>
      login(username, password).catch(({ code, message }) => `${code} ${message}`),
    );
    assert.equal(new Set(await Promise.all(refusals)).size, 1);
    assert.equal(hashes, 5);
  });

  test('of 50 wrong passwords at once, five are looked at; then the right one has to wait, too', async (t) => {
    const { add, login } = await openDesk(t);
    await add('anna');
    const tries = await Promise.allSettled(
      Array.from({ length: 50 }, () => login('anna', 'not her password')),
    );
    const codes = tries.map((each) => (each.status === 'rejected' ? each.reason.code : 'let in'));
    assert.equal(codes.filter((code) => code === 'unauthenticated').length, LOGIN_LIMITS.perName);
    assert.equal(codes.filter((code) => code === 'rate_limited').length, 45);
    await assert.rejects(login('Anna'), (error: { code: string; retryAfterSeconds: number }) => {
      assert.equal(error.code, 'rate_limited');
      return error.retryAfterSeconds > 800 && error.retryAfterSeconds <= 900;
    });
  });

  test('50 right logins at once are all let in', async (t) => {
    const { add, login } = await openDesk(t);
    await add('anna');
    const logins = await Promise.all(Array.from({ length: 50 }, () => login('anna')));
    assert.equal(new Set(logins.map(({ token }) => token)).size, 50);
  });

  test('no more than two passwords are hashed at a time', async (t) => {
    let [now, most] = [0, 0];
    const real = createPasswords({ ln: 10 });
    const counting: Passwords = {
      ...real,
      async verify(password, hash) {
        now += 1;
        most = Math.max(most, now);
        return real.verify(password, hash).finally(() => {
          now -= 1;
        });
      },
    };
    const { add, login } = await openDesk(t, { passwords: counting });
    await add('anna');
    await Promise.all(Array.from({ length: 20 }, () => login('anna')));
    assert.equal(most, 2);
  });

  test('a hash of less work is made anew at the next login, and the login goes on', async (t) => {
    const storage = await openStorage(t, await SQLITE.place(t));
    const { add } = createDesk(storage);
    await add('anna');
    const { login, signIn } = createDesk(storage, { passwords: createPasswords({ ln: 11 }) });
    const { token } = await login('anna');
    const account = await sqlAccounts(storage.sql).find('anna');
    assert.match(account?.passwordHash ?? '', /^\$scrypt\$ln=11,r=8,p=3\$/);
    assert.equal(account?.version, 1);
    assert.ok(await signIn.check(token));
    await login('anna');
  });
});

for (const database of [SQLITE, POSTGRES]) {
  suite(`accounts in ${database.name}`, database.suite, () => {
    const open = async (t: TestContext, overrides?: Overrides) =>
      createDesk(await openStorage(t, await database.place(t)), overrides);

    test('every problem of a new account is told at once, and nothing is kept', async (t) => {
      const { accounts } = await open(t);
      const bad = { username: 'a b', role: 'boss', doctorId: 'x', password: 'too short' };
      await assert.rejects(accounts.add(bad), ({ details }: { details: { path: string }[] }) => {
        assert.deepEqual(
          details.map(({ path }) => path),
          ['/username', '/role', '/doctorId', ''],
        );
        return true;
      });
      const unknown = { ...bad, username: 'ada', role: 'doctor', doctorId: uuidv7(), password: PASSWORD };
      await assert.rejects(accounts.add(unknown), { code: 'validation' });
      assert.deepEqual(await accounts.list(), []);
    });

    test('a name is there once, however it is written, also when 20 want it at once', async (t) => {
      const { accounts } = await open(t);
      const tries = await Promise.allSettled(
        ['anna', 'Anna', 'ANNA', ' anna '].flatMap((username) =>
          Array.from({ length: 5 }, () => accounts.add({ username, role: 'doctor', password: PASSWORD })),
        ),
      );
      assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const each of tries) assert.ok(each.status === 'fulfilled' || each.reason.code === 'conflict');
      assert.deepEqual(
        (await accounts.list()).map(({ username }) => username),
        ['anna'],
      );
    });

    test('a new password ends all sessions, and the old password', async (t) => {
      const { accounts, add, login, signIn } = await open(t);
      await add('anna');
      await add('boris');
      const [mine, others] = [await login('anna'), await login('boris')];
      await assert.rejects(accounts.changePassword('anna', 'too short'), { code: 'validation' });
      assert.ok(await signIn.check(mine.token));
      await accounts.changePassword('Anna', 'a new one, and longer');
      await assert.rejects(signIn.check(mine.token), { code: 'unauthenticated' });
      await assert.rejects(login('anna'), { code: 'unauthenticated' });
      assert.ok(await login('anna', 'a new one, and longer'));
      assert.ok(await signIn.check(others.token));
      await assert.rejects(accounts.changePassword('nobody', PASSWORD), { code: 'not_found' });
    });

    test('an account that is removed ends its sessions; one of the same name is another one', async (t) => {
      const { accounts, add, login, signIn } = await open(t);
      await add('anna');
      const { token } = await login('anna');
      await accounts.remove('anna');
      await assert.rejects(signIn.check(token), { code: 'unauthenticated' });
      await assert.rejects(accounts.remove('anna'), { code: 'not_found' });
      await add('anna', 'admin');
      await assert.rejects(signIn.check(token), { code: 'unauthenticated' });
    });

    test('whoever signs in with the old password while it is changed has no session afterwards', async (t) => {
      for (const end of ['changePassword', 'remove'] as const) {
        const reached = Promise.withResolvers<void>();
        const go = Promise.withResolvers<void>();
        // Held up after the password was found right, and before the session is there.
        const wrap = (sessions: SessionStore): SessionStore => ({
          ...sessions,
          async put(...session) {
            reached.resolve();
            await go.promise;
            await sessions.put(...session);
          },
        });
        const { accounts, add, login } = await open(t, { wrap });
        await add('anna');
        const late = login('anna').catch(({ code }) => code);
        await reached.promise;
        await (end === 'remove'
          ? accounts.remove('anna')
          : accounts.changePassword('anna', 'a new one, and longer'));
        go.resolve();
        assert.ok(['unauthenticated', 'conflict'].includes(await late), `${end}: ${await late}`);
      }
    });

    test('where they can be ended before and not after, it says what is left to do, and doing it again does it', async (t) => {
      for (const end of ['changePassword', 'remove'] as const) {
        let calls = 0;
        const wrap = (sessions: SessionStore): SessionStore => ({
          ...sessions,
          async deleteAll(id) {
            calls += 1;
            if (calls === 2) throw new Error('Redis cannot answer now');
            return sessions.deleteAll(id);
          },
        });
        const { accounts, add, login } = await open(t, { wrap });
        await add('anna');
        const change = () =>
          end === 'remove'
            ? accounts.remove('anna')
            : accounts.changePassword('anna', 'a new one, and longer');
        await assert.rejects(change(), { code: 'half_done' });
        await assert.rejects(login('anna'), { code: 'unauthenticated' });
        await change();
        assert.equal((await accounts.list()).length, end === 'remove' ? 0 : 1);
      }
    });

    test('where sessions cannot be ended, the password stays', async (t) => {
      let down = false;
      const wrap = (sessions: SessionStore): SessionStore => ({
        ...sessions,
        async deleteAll(id) {
          if (down) throw new Error('Redis cannot answer now');
          return sessions.deleteAll(id);
        },
      });
      const { accounts, add, login } = await open(t, { wrap });
      await add('anna');
      down = true;
      await assert.rejects(accounts.changePassword('anna', 'a new one, and longer'));
      await assert.rejects(accounts.remove('anna'));
      assert.ok(await login('anna'));
    });

    test('the first start makes an admin, once, also when ten start at once', async (t) => {
      const { accounts, login } = await open(t);
      const made = await Promise.all(Array.from({ length: 10 }, () => accounts.ensureAdmin(undefined)));
      const [password, ...others] = made.filter((each) => each !== undefined);
      assert.deepEqual(others, []);
      assert.equal((await login('admin', password)).session.role, 'admin');
      assert.equal(await accounts.ensureAdmin(PASSWORD), undefined);
      await assert.rejects(login('admin', PASSWORD), { code: 'unauthenticated' });
    });

    test('makes it with the password that is given', async (t) => {
      const { accounts, login } = await open(t);
      assert.equal(await accounts.ensureAdmin(PASSWORD), PASSWORD);
      assert.equal((await login('admin')).session.username, 'admin');
    });
  });
}

suite('passwords', () => {
  test('the hash says how it was made, and no two are the same', async () => {
    const passwords = createPasswords({ ln: 10 });
    const [one, two] = [await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)];
    assert.match(one, /^\$scrypt\$ln=10,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(one, two);
    assert.ok(await passwords.verify(PASSWORD, one));
    assert.ok(!(await passwords.verify(`${PASSWORD} `, one)));
    assert.ok(!(await passwords.verify(PASSWORD, undefined)));
    assert.deepEqual([passwords.isOutdated(one), createPasswords({ ln: 11 }).isOutdated(one)], [false, true]);
  });

  test('is what RFC 7914 says: its test vector, read in our form', async () => {
    // Section 12: scrypt("pleaseletmein", "SodiumChloride", N 16384, r 8, p 1), of which the first 32 bytes count here.
    const salt = Buffer.from('SodiumChloride').toString('base64').replaceAll('=', '');
    const hash = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex');
    const text = `$scrypt$ln=14,r=8,p=1$${salt}$${hash.toString('base64').replaceAll('=', '')}`;
    assert.ok(await createPasswords({ ln: 10 }).verify('pleaseletmein', text));
  });

  test('the same characters are the same password, however they are composed', async () => {
    const passwords = createPasswords({ ln: 10 });
    const hash = await passwords.hash('caf\u00e9 au lait, deux');
    assert.ok(await passwords.verify('cafe\u0301 au lait, deux', hash));
  });

  test('the event loop goes on while one is hashed', async () => {
    const passwords = createPasswords({ ln: 14 });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await passwords.hash(PASSWORD);
    clearInterval(timer);
    assert.ok(turns > 5, `${turns} turns`);
  });
});
