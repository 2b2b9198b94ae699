import { expect } from '../harness.ts';
import { APPOINTMENTS, type ApiCheck, lesson } from './check.ts';
import {
  booking,
  bookingCall,
  cancel,
  expectBooked,
  expectLive,
  expectNoFailure,
  expectProblem,
  expectTaken,
  openPair,
  sameJson,
} from './expectations.ts';
import { rareLetters } from './people.ts';

const withKey = (key = rareLetters()) => ({ 'Idempotency-Key': key });

export const idempotency: ApiCheck[] = [
  {
    name: 'same-key-gets-the-same-answer',
    why: 'The answer was lost on the way, so the client asks again: it must hear "booked", not "somebody was faster".',
    hint: 'Keep the answer under the Idempotency-Key in the transaction of the booking, and give it again: 201, the same record, one booking.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const [headers, body] = [withKey(), booking(pair, 0, 30, { reason: 'check-up' })];
      const first = await api.post(APPOINTMENTS, body, headers);
      const booked = expectBooked(first);
      for (let time = 2; time <= 3; time++) {
        const again = await api.post(APPOINTMENTS, body, headers);
        const repeated = expectBooked(again);
        expect(sameJson(repeated.record, booked.record), 'exactly the record of the first answer', again);
        expect(again.headers.location === first.headers.location, 'the same Location', again);
      }
      await expectLive(api, pair.doctorId, 1);
      await cancel(api, booked);
      const late = expectBooked(await api.post(APPOINTMENTS, body, headers));
      expect(late.id === booked.id, `the answer of the first time, with ${booked.id}`, late.reply);
      await expectLive(api, pair.doctorId, 0);
    },
  },
  {
    name: 'same-key-with-another-body-is-422',
    why: 'A program that uses one key twice would hear "booked" about an appointment that it did not ask for.',
    hint: 'Keep a hash of the request with the key; when another request comes with it, answer 422 and book nothing.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const [pair, other] = [await openPair(api), await openPair(api)];
      const headers = withKey();
      expectBooked(await api.post(APPOINTMENTS, booking(pair, 0, 30, { reason: 'check-up' }), headers));
      for (const body of [
        booking(pair, 60, 90, { reason: 'check-up' }),
        booking(pair, 0, 30, { reason: 'other' }),
        booking(pair, 0, 30),
        booking(other, 0, 30, { reason: 'check-up' }),
      ])
        expectProblem(await api.post(APPOINTMENTS, body, headers), 422);
      await expectLive(api, pair.doctorId, 1);
      await expectLive(api, other.doctorId, 0);
    },
  },
  {
    name: 'same-key-many-times-at-once',
    why: 'An impatient finger presses the button three times before the first answer is there.',
    hint: 'Let those who come with the same key wait for the first one, and give them its answer.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const call = bookingCall(booking(pair), withKey());
      const replies = await api.together(Array.from({ length: 10 }, () => call));
      const ids = replies.map((reply) => expectBooked(reply).id);
      const [first] = replies;
      expect(first && new Set(ids).size === 1, 'one id in all ten answers', first ?? api.exchange('', ''));
      await expectLive(api, pair.doctorId, 1);
    },
  },
  {
    name: 'another-key-is-another-booking',
    why: 'The same request with a new key is a new wish, and is judged as one.',
    hint: 'A key stands for one request alone: under a new one, and without any, the same body is booked or refused anew.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const first = expectBooked(await api.post(APPOINTMENTS, booking(pair, 0), withKey()));
      expectTaken(await api.post(APPOINTMENTS, booking(pair, 0), withKey()));
      expectTaken(await api.post(APPOINTMENTS, booking(pair, 0)));
      await cancel(api, first);
      const second = expectBooked(await api.post(APPOINTMENTS, booking(pair, 0), withKey()));
      expect(second.id !== first.id, 'another appointment than the cancelled one', second.reply);
      expectBooked(await api.post(APPOINTMENTS, booking(pair, 60), withKey()));
      await expectLive(api, pair.doctorId, 2);
    },
  },
  {
    name: 'odd-keys-are-400-or-kept',
    why: 'A key that is cut or changed on its way into the database is another key, and books twice.',
    hint: 'Refuse with 400 what you will not keep as it is, such as thousands of letters; a key that you take must work.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const rare = rareLetters();
      const keys = [
        '',
        `two words ${rare}`,
        `caf\u00e9${rare}`,
        `a\tb${rare}`,
        "'; --".concat(rare),
        rare.repeat(60),
      ];
      for (const [index, key] of keys.entries()) {
        const body = booking(pair, index * 30);
        const reply = await api.post(APPOINTMENTS, body, withKey(key));
        expectNoFailure(reply);
        if (reply.status !== 201) expectProblem(reply, 400);
        else if (key !== '') {
          const again = expectBooked(await api.post(APPOINTMENTS, body, withKey(key)));
          expect(again.id === expectBooked(reply).id, 'the same appointment again', again.reply);
        }
      }
      // Two long keys that differ at their end alone.
      const long = rare.repeat(8).slice(0, 254);
      const [one, two] = [booking(pair, 600), booking(pair, 660)];
      const first = await api.post(APPOINTMENTS, one, withKey(`${long}1`));
      const second = await api.post(APPOINTMENTS, two, withKey(`${long}2`));
      for (const reply of [first, second]) if (reply.status !== 201) expectProblem(reply, 400);
      expect(first.status === second.status, 'two keys, and so the same answer to both', second);
    },
  },
];
