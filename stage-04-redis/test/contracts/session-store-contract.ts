import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account, Session } from '../../src/domain/index.ts';
import type { SessionStore } from '../../src/session/index.ts';

export interface SessionDesk {
  readonly sessions: SessionStore;
  /** An account that there is. */
  addAccount(): Promise<Account>;
}

type Open = (t: TestContext, idleMs: number) => Promise<SessionDesk>;

/** What every store of sessions promises, by the machine's own clock. */
export function sessionStoreContract(name: string, open: Open): void {
  const HOUR = 3_600_000;

  /** A session of an account of its own. */
  async function signIn(
    { sessions, addAccount }: SessionDesk,
    { forMs = HOUR, account }: { forMs?: number; account?: Account } = {},
  ) {
    const { id: accountId, username, role } = account ?? (await addAccount());
    const expiresAt = new Date(Date.now() + forMs).toISOString();
    const session: Session = { accountId, username, role, expiresAt };
    const hash = randomUUID();
    await sessions.put(hash, session);
    return { hash, session };
  }

  describe(`${name} keeps the contract of sessions`, () => {
    test('a session is found by its hash alone, until it is deleted', async (t) => {
      const desk = await open(t, HOUR);
      const [one, other] = [await signIn(desk), await signIn(desk)];
      assert.deepEqual(await desk.sessions.find(one.hash), one.session);
      assert.equal(await desk.sessions.find(randomUUID()), undefined);
      await desk.sessions.delete(one.hash);
      await desk.sessions.delete(one.hash);
      assert.equal(await desk.sessions.find(one.hash), undefined);
      assert.deepEqual(await desk.sessions.find(other.hash), other.session);
    });

    test('all sessions of one account end, and of no other', async (t) => {
      const desk = await open(t, HOUR);
      const account = await desk.addAccount();
      const mine = [await signIn(desk, { account }), await signIn(desk, { account })];
      const other = await signIn(desk);
      await desk.sessions.deleteAll(account.id);
      for (const { hash } of mine) assert.equal(await desk.sessions.find(hash), undefined);
      assert.deepEqual(await desk.sessions.find(other.hash), other.session);
      await desk.sessions.deleteAll(account.id);
      const later = await signIn(desk, { account });
      assert.deepEqual(await desk.sessions.find(later.hash), later.session);
    });

    test('it ends at its time, however busy it is', async (t) => {
      const desk = await open(t, HOUR);
      const { hash } = await signIn(desk, { forMs: 400 });
      const until = Date.now() + 300;
      while (Date.now() < until) {
        assert.ok(await desk.sessions.find(hash));
        await sleep(20);
      }
      await sleep(200);
      assert.equal(await desk.sessions.find(hash), undefined);
    });

    test('it ends when it is not used for the idle time, and lives on when it is', async (t) => {
      const desk = await open(t, 600);
      const [idle, busy] = [await signIn(desk), await signIn(desk)];
      for (let n = 0; n < 5; n++) {
        await sleep(200);
        assert.ok(await desk.sessions.find(busy.hash), `after ${n} looks`);
      }
      assert.equal(await desk.sessions.find(idle.hash), undefined);
      await sleep(900);
      assert.equal(await desk.sessions.find(busy.hash), undefined);
    });

    test('a sweep leaves those that are alive', async (t) => {
      const desk = await open(t, HOUR);
      const [over, alive] = [await signIn(desk, { forMs: 1 }), await signIn(desk)];
      await sleep(20);
      await desk.sessions.sweep();
      assert.equal(await desk.sessions.find(over.hash), undefined);
      assert.ok(await desk.sessions.find(alive.hash));
    });
  });
}
