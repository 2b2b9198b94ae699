import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoginThrottle, ThrottleLimits } from '../../src/session/index.ts';

/** What everybody who counts failed logins promises. */
export function loginThrottleContract(
  name: string,
  open: (t: TestContext, limits: ThrottleLimits) => Promise<LoginThrottle>,
): void {
  const LIMITS: ThrottleLimits = { perName: 3, perAddress: 10, windowMs: 60_000 };
  const source = (overrides = {}) => ({ username: randomUUID(), address: randomUUID(), ...overrides });

  describe(`${name} keeps the contract of the login throttle`, () => {
    test('of 50 wrong tries at once for one name, as many pass as may', async (t) => {
      const throttle = await open(t, LIMITS);
      const { username } = source();
      const waits = await Promise.all(Array.from({ length: 50 }, () => throttle.begin(source({ username }))));
      assert.equal(waits.filter((wait) => wait === undefined).length, 3);
      for (const wait of waits) assert.ok(wait === undefined || (wait > 50 && wait <= 60), `${wait}`);
      assert.equal(await throttle.begin(source()), undefined);
    });

    test('of many names from one address, as many pass as may', async (t) => {
      const throttle = await open(t, LIMITS);
      const { address } = source();
      const waits = await Promise.all(Array.from({ length: 30 }, () => throttle.begin(source({ address }))));
      assert.equal(waits.filter((wait) => wait === undefined).length, 10);
    });

    test('after a right password the name begins anew; the address does not', async (t) => {
      const throttle = await open(t, LIMITS);
      const login = source();
      for (let round = 0; round < 5; round++) {
        for (let n = 0; n < 2; n++) assert.equal(await throttle.begin(login), undefined, `round ${round}`);
        await throttle.end(login, 'right');
      }
      // Five rounds with one failure that counts for the address in each.
      for (let n = 0; n < 5; n++) {
        assert.equal(await throttle.begin(source({ address: login.address })), undefined, `${n}`);
      }
      assert.ok(await throttle.begin(source({ address: login.address })));
    });

    test('a try that ended without a verdict does not count', async (t) => {
      const throttle = await open(t, LIMITS);
      const login = source();
      for (let n = 0; n < 20; n++) {
        assert.equal(await throttle.begin(login), undefined, `${n}`);
        await throttle.end(login, 'unknown');
      }
    });

    test('when the window is over, all begins anew; to go on trying does not make it longer', async (t) => {
      const throttle = await open(t, { ...LIMITS, windowMs: 400 });
      const login = source();
      for (let n = 0; n < 3; n++) await throttle.begin(login);
      const until = Date.now() + 250;
      while (Date.now() < until) {
        assert.equal(await throttle.begin(login), 1);
        await sleep(50);
      }
      await sleep(250);
      assert.equal(await throttle.begin(login), undefined);
    });
  });
}
