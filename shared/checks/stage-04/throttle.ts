import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { addAccount, newName, newPassword, openPlace, openSession, tryLogin } from './accounts.ts';
import { type ApiCheck, LOGIN, lesson } from './check.ts';
import { expectThrottled, expectUnauthenticated } from './expectations.ts';

const LIMIT = 5;

/** Wrong passwords, one after the other, each of which is answered with 401. */
async function failTimes(api: Client, username: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++)
    expectUnauthenticated(await tryLogin(api, username, newPassword()));
}

export const throttle: ApiCheck[] = [
  {
    name: 'sixth-try-is-429',
    why: 'Passwords of people are guessed in some thousand tries, and nobody at the desk needs six.',
    hint: 'Count the failures of a name for 15 minutes; after five answer 429 with Retry-After, and do not even look at the password.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const [account, other] = [await addAccount(place, 'receptionist'), await addAccount(place, 'doctor')];
      await failTimes(place.api, account.username, LIMIT);
      expectThrottled(await tryLogin(place.api, account.username, newPassword()));
      // Who had the right one now would know that it is right.
      expectThrottled(await tryLogin(place.api, account.username, account.password));
      await openSession(place.api, other);
    },
  },
  {
    name: 'unknown-names-are-counted-too',
    why: 'If only names with an account were ever refused by 429, the 429 would tell who has one.',
    hint: 'Count by the name that was sent, whether or not somebody bears it, and forget the oldest when they become too many.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const username = newName();
      await failTimes(api, username, LIMIT);
      expectThrottled(await tryLogin(api, username, newPassword()));
      await openSession(api, desk.admin);
    },
  },
  {
    name: 'twenty-tries-at-once-are-five-tries',
    why: 'A program that guesses does not wait for one answer before it sends the next try.',
    hint: 'Count the try before the password is looked at, in one step, and take it back where the password is right.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, password } = await addAccount(place, 'receptionist');
      const call = () => ({ method: 'POST', path: LOGIN, body: { username, password: newPassword() } });
      const replies = await place.api.as(undefined).together(Array.from({ length: 20 }, call));
      const withStatus = (wanted: number) => replies.filter(({ status }) => status === wanted);
      const [looked, refused] = [withStatus(401), withStatus(429)];
      const received = replies.map(({ status }) => status).join(', ');
      const exchange = place.api.exchange('20 wrong passwords for one name, at once', `statuses ${received}`);
      expect(looked.length <= LIMIT, `401 for five of them at most, not for ${looked.length}`, exchange);
      expect(looked.length > 0 && looked.length + refused.length === 20, '429 for the others', exchange);
      for (const reply of refused) expectThrottled(reply);
      expectThrottled(await tryLogin(place.api, username, password));
    },
  },
  {
    name: 'right-login-begins-the-count-anew',
    why: 'Who mistypes now and then must not be shut out on a Friday for the slips of the week.',
    hint: 'Forget the failures of a name when it signs in.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const account = await addAccount(place, 'receptionist');
      for (let round = 0; round < 2; round++) {
        await failTimes(place.api, account.username, LIMIT - 1);
        await openSession(place.api, account);
      }
    },
  },
  {
    name: 'another-spelling-is-the-same-name',
    why: 'A count that Anna and anna have each for themselves gives five more tries for every letter.',
    hint: 'Count under the one spelling under which you look for the account, and believe no header about the address.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, password } = await addAccount(place, 'receptionist');
      const stranger = place.api.as(undefined);
      const from = (number: number) => ({
        'X-Forwarded-For': `203.0.113.${number}`,
        Forwarded: `for=203.0.113.${number}`,
      });
      const wrong = async (number: number): Promise<Reply> =>
        stranger.post(LOGIN, { username, password: newPassword() }, from(number));
      for (let number = 1; number <= LIMIT; number++) expectUnauthenticated(await wrong(number));
      expectThrottled(await wrong(6));
      for (const spelling of [username.toUpperCase(), ` ${username}`, `${username} `, `${username}\u0000`]) {
        const reply = await stranger.post(LOGIN, { username: spelling, password }, from(7));
        expect([401, 422, 429].includes(reply.status), 'no way around: 429, or 401', reply);
      }
    },
  },
];
