import type { Client } from '../client.ts';
import { expect } from '../harness.ts';
import { APPOINTMENTS, type ApiCheck, lesson } from './check.ts';
import {
  book,
  booking,
  cancel,
  expectBooked,
  expectEntityTag,
  expectErrors,
  expectFields,
  expectNoFailure,
  expectProblem,
  expectRecord,
  expectTaken,
  openPair,
  type Pair,
  type Registered,
  register,
  sameJson,
} from './expectations.ts';
import { nobody } from './people.ts';
import { at, fromNow, sameInstant } from './times.ts';

const STATUSES = ['booked', 'arrived', 'fulfilled', 'cancelled', 'noshow'] as const;
type Status = (typeof STATUSES)[number];

const MOVES: Readonly<Record<Status, readonly Status[]>> = {
  booked: ['arrived', 'cancelled', 'noshow'],
  arrived: ['fulfilled', 'cancelled'],
  fulfilled: [],
  cancelled: [],
  noshow: [],
};

/** How an appointment gets there. */
const WAYS: Readonly<Record<Status, readonly Status[]>> = {
  booked: [],
  arrived: ['arrived'],
  fulfilled: ['arrived', 'fulfilled'],
  cancelled: ['cancelled'],
  noshow: ['noshow'],
};

const changeTo = (status: Status) => ({
  status,
  ...(status === 'cancelled' && { cancellationReason: 'illness' }),
});

async function bookIn(api: Client, pair: Pair, status: Status, from: number): Promise<Registered> {
  const booked = await book(api, pair, from);
  for (const step of WAYS[status]) expectRecord(await api.patch(booked.path, changeTo(step)), 200);
  return booked;
}

const timesOf = (from: number, to = from + 30) => ({ startsAt: at(from), endsAt: at(to) });

async function expectUnchanged(api: Client, { path, record }: Registered): Promise<void> {
  const found = await api.get(path);
  expect(sameJson(expectRecord(found, 200), record), 'the appointment as it was', found);
}

export const moves: ApiCheck[] = [
  {
    name: 'every-move-of-the-table-is-made',
    why: 'The day in the clinic is these moves: somebody comes, is treated, calls off, or is waited for in vain.',
    hint: 'booked may become arrived, cancelled, noshow; arrived may become fulfilled, cancelled. Answer 200 with the record, one version more and another ETag.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      let from = 0;
      for (const start of STATUSES) {
        for (const status of MOVES[start]) {
          const { path, etag } = await bookIn(api, pair, start, from);
          from += 30;
          const reply = await api.patch(path, changeTo(status));
          const record = expectRecord(reply, 200);
          expectFields(reply, record, { ...changeTo(status), version: WAYS[start].length + 2 });
          expect(expectEntityTag(reply) !== etag, `another ETag than ${etag}`, reply);
          const found = await api.get(path);
          expect(sameJson(expectRecord(found, 200), record), 'exactly the record that PATCH gave', found);
        }
      }
    },
  },
  {
    name: 'every-other-move-is-409',
    why: 'A treatment that took place cannot be called off afterwards, and what was called off cannot take place.',
    hint: 'Keep one table of moves and refuse with 409 whatever is not in it, to the same status as well; nothing changes.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      for (const [index, start] of STATUSES.entries()) {
        const booked = await bookIn(api, pair, start, index * 30);
        const { body: before } = await api.get(booked.path);
        for (const status of STATUSES.filter((each) => !MOVES[start].includes(each)))
          expectProblem(await api.patch(booked.path, changeTo(status)), 409);
        const found = await api.get(booked.path);
        expect(sameJson(expectRecord(found, 200), before), 'the appointment as it was', found);
      }
    },
  },
  {
    name: 'cancelling-wants-a-reason',
    why: 'Whoever calls the patient must be able to say why.',
    hint: 'Without a cancellationReason, or with an empty one, answer 422 at /cancellationReason and leave it booked; keep the reason in the record.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const booked = await book(api, await openPair(api));
      for (const cancellationReason of [undefined, '', '   ', 7, null]) {
        const change = {
          status: 'cancelled',
          ...(cancellationReason !== undefined && { cancellationReason }),
        };
        expectErrors(await api.patch(booked.path, change), ['/cancellationReason']);
      }
      await expectUnchanged(api, booked);
      const reply = await api.patch(booked.path, {
        status: 'cancelled',
        cancellationReason: 'болезнь врача',
      });
      expectFields(reply, expectRecord(reply, 200), { cancellationReason: 'болезнь врача' });
    },
  },
  {
    name: 'appointment-moves-to-a-free-time',
    why: 'A new time must be the new time for everybody, and the old one free for the next patient.',
    hint: 'PATCH with startsAt and endsAt keeps id and status, takes the new time and gives the old one back.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const booked = await book(api, pair, 0);
      const reply = await api.patch(booked.path, timesOf(300));
      const record = expectRecord(reply, 200);
      expectFields(reply, record, { id: booked.id, status: 'booked', version: 2 });
      const moved = sameInstant(record.startsAt, at(300)) && sameInstant(record.endsAt, at(330));
      expect(moved, `from ${at(300)} to ${at(330)}`, reply);
      await book(api, pair, 0);
      expectTaken(await api.post(APPOINTMENTS, booking(pair, 300)));
    },
  },
  {
    name: 'appointment-is-not-in-its-own-way',
    why: 'A quarter of an hour later is the most common move of all.',
    hint: 'Look for overlaps with all others, and not with the appointment that moves.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const booked = await book(api, await openPair(api), 60, 120);
      for (const [from, to] of [
        [75, 135],
        [60, 150],
        [70, 80],
      ] as const) {
        const reply = await api.patch(booked.path, timesOf(from, to));
        const record = expectRecord(reply, 200);
        expect(
          sameInstant(record.startsAt, at(from)) && sameInstant(record.endsAt, at(to)),
          'the new time',
          reply,
        );
      }
      const longer = await api.patch(booked.path, { endsAt: at(140) });
      const record = expectRecord(longer, 200);
      const lasts = sameInstant(record.startsAt, at(70)) && sameInstant(record.endsAt, at(140));
      expect(lasts, `the old start ${at(70)} with the new end ${at(140)}`, longer);
    },
  },
  {
    name: 'refused-move-keeps-the-old-time',
    why: 'Who asks for a better time and does not get it must not lose the one they have.',
    hint: 'Take the new time and give back the old one in one step: on 409 the appointment is what it was, and its time is still held.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const booked = await book(api, pair, 0);
      await book(api, pair, 60);
      for (const from of [60, 31, 89]) expectTaken(await api.patch(booked.path, timesOf(from)));
      await expectUnchanged(api, booked);
      const other = await register(api);
      expectTaken(await api.post(APPOINTMENTS, booking({ ...pair, patientId: other.id }, 0)), '/doctorId');
    },
  },
  {
    name: 'what-is-over-cannot-be-moved',
    why: 'A cancelled appointment with a new time looks alive, and nobody holds that time for it.',
    hint: 'Answer 409 to a new time for an appointment that is fulfilled, cancelled or noshow.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      for (const [index, status] of (['fulfilled', 'cancelled', 'noshow'] as const).entries()) {
        const { path } = await bookIn(api, pair, status, index * 30);
        const { body: before } = await api.get(path);
        expectProblem(await api.patch(path, timesOf(600)), 409);
        const found = await api.get(path);
        expect(sameJson(expectRecord(found, 200), before), 'the appointment as it was', found);
      }
    },
  },
  {
    name: 'bad-changes-are-named',
    why: 'A change is held to the same rules as a booking, or one books nonsense in two steps.',
    hint: 'Judge the times as they would be afterwards, and refuse unknown fields, wrong types and unknown statuses with 422; patient and doctor stay.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const booked = await book(api, await openPair(api), 60, 120);
      const cases: [Record<string, unknown>, string[]][] = [
        [{ endsAt: at(60) }, ['/endsAt']],
        [{ startsAt: at(121) }, ['/endsAt']],
        [{ endsAt: at(541) }, ['/endsAt']],
        [{ startsAt: fromNow(-60), endsAt: fromNow(-30) }, ['/startsAt']],
        [{ startsAt: '2031-02-30T10:00:00Z', endsAt: '2031-03-01T10:00:00' }, ['/startsAt', '/endsAt']],
        [{ status: 'lost' }, ['/status']],
        [{ status: 7, startsAt: 7, endsAt: null }, ['/status', '/startsAt', '/endsAt']],
        [{ doctorId: nobody, patientId: nobody, version: 7 }, ['/doctorId', '/patientId', '/version']],
        [{ status: 'arrived', nick: 'x' }, ['/nick']],
      ];
      for (const [change, paths] of cases) expectErrors(await api.patch(booked.path, change), paths);
      const type = { 'Content-Type': 'application/json' };
      for (const body of ['{', '', "{'status':'arrived'}"])
        expectProblem(await api.patch(booked.path, body, type), 400);
      for (const body of ['[]', 'null', '"arrived"'])
        expectProblem(await api.patch(booked.path, body, type), 422, 400);
      await expectUnchanged(api, booked);
      expectNoFailure(await api.patch(booked.path, {}));
    },
  },
  {
    name: 'stale-if-match-on-an-appointment-is-412',
    why: 'Two desks have the same appointment open, and the second must not undo what the first has agreed with the patient.',
    hint: 'When If-Match does not name the present version, weak tags never do, answer 412 and change nothing; without If-Match, or with *, the change is made.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const booked = await book(api, pair, 0);
      const first = await api.patch(booked.path, timesOf(60), { 'If-Match': booked.etag });
      const now = { ...booked, record: expectRecord(first, 200), etag: expectEntityTag(first) };
      for (const tag of [booked.etag, `W/${now.etag}`, `"not-${now.etag.replaceAll('"', '')}"`]) {
        expectProblem(await api.patch(booked.path, timesOf(120), { 'If-Match': tag }), 412);
        expectProblem(await api.patch(booked.path, changeTo('cancelled'), { 'If-Match': tag }), 412);
      }
      await expectUnchanged(api, now);
      expectRecord(await api.patch(booked.path, timesOf(180), { 'If-Match': '*' }), 200);
      await cancel(api, booked);
      expectBooked(await api.post(APPOINTMENTS, booking(pair, 180)));
    },
  },
];
