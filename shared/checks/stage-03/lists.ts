import type { Client } from '../client.ts';
import { expect } from '../harness.ts';
import { APPOINTMENTS, type ApiCheck, lesson } from './check.ts';
import {
  book,
  cancel,
  expectNoFailure,
  expectPage,
  expectProblem,
  expectRecord,
  hire,
  idsOf,
  listed,
  openPair,
  type Pair,
  query,
  readPagesOf,
  register,
  sameJson,
} from './expectations.ts';
import { nobody } from './people.ts';
import { at, atOffset } from './times.ts';

/** Exactly these are found, in whatever order. */
async function expectFound(
  api: Client,
  filter: Record<string, string>,
  ids: readonly string[],
): Promise<void> {
  const { items, reply } = await listed(api, filter);
  const found = items.map(({ id }) => String(id));
  expect(sameJson([...found].sort(), [...ids].sort()), `exactly ${ids.join(', ') || 'nothing'}`, reply);
}

/** Many appointments that begin at one moment: all but the last were cancelled. */
async function bookAtOneMoment(api: Client, pair: Pair, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const booked = await book(api, pair, 0);
    ids.push(booked.id);
    if (index < count - 1) await cancel(api, booked);
  }
  return ids;
}

export const lists: ApiCheck[] = [
  {
    name: 'list-is-filtered-by-each-of-its-filters',
    why: 'Each doctor wants to see their own day, and each patient their own appointments, and nobody else’s.',
    hint: 'doctorId, patientId and status each narrow the list, and together they narrow it by all; items are whole records.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const [patient, doctor] = [await register(api), await hire(api)];
      const one = await book(api, pair, 0);
      const two = await book(api, { ...pair, patientId: patient.id }, 60);
      const three = await book(api, { ...pair, doctorId: doctor.id }, 120);
      await cancel(api, one);
      const { doctorId, patientId } = pair;
      await expectFound(api, { doctorId }, [one.id, two.id]);
      await expectFound(api, { patientId }, [one.id, three.id]);
      await expectFound(api, { doctorId, status: 'booked' }, [two.id]);
      await expectFound(api, { patientId, status: 'cancelled' }, [one.id]);
      await expectFound(api, { patientId, doctorId: doctor.id, status: 'booked' }, [three.id]);
      await expectFound(api, { patientId, doctorId, status: 'booked' }, []);
      await expectFound(api, { doctorId: nobody }, []);
      const { items, reply } = await listed(api, { doctorId: doctor.id });
      const found = await api.get(three.path);
      expect(sameJson(items, [expectRecord(found, 200)]), 'the record as GET by its id gives it', reply);
    },
  },
  {
    name: 'from-and-to-are-half-open',
    why: 'Today from midnight to midnight and tomorrow the same: an appointment at midnight belongs to one of the two.',
    hint: 'Give what starts at from or later and before to; each alone works, in any offset, and with the other filters.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const { doctorId } = pair;
      const [one, two, three] = [
        await book(api, pair, 0),
        await book(api, pair, 60),
        await book(api, pair, 120),
      ];
      await cancel(api, two);
      const ids = { one: one.id, two: two.id, three: three.id };
      await expectFound(api, { doctorId, from: at(0), to: at(120) }, [ids.one, ids.two]);
      await expectFound(api, { doctorId, from: at(60), to: at(60) }, []);
      await expectFound(api, { doctorId, from: at(60) }, [ids.two, ids.three]);
      await expectFound(api, { doctorId, to: at(60) }, [ids.one]);
      await expectFound(api, { doctorId, from: at(1), to: at(121) }, [ids.two, ids.three]);
      await expectFound(api, { doctorId, from: atOffset(60, 9), to: atOffset(120, -7) }, [ids.two]);
      await expectFound(api, { doctorId, from: at(0), to: at(200), status: 'booked' }, [ids.one, ids.three]);
      await expectFound(api, { patientId: pair.patientId, doctorId, from: at(121) }, []);
    },
  },
  {
    name: 'appointments-come-in-pages',
    why: 'Ten doctors begin at eight: a page that ends among them must lead on to the next of them.',
    hint: 'Let the cursor name a place, the start and the id of the last one, as many start at one moment: each is to come once.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const booked = await bookAtOneMoment(api, pair, 5);
      for (const from of [-60, 60]) booked.push((await book(api, pair, from)).id);
      const { doctorId } = pair;
      for (const limit of [1, 2, 3]) {
        const { ids, last } = await readPagesOf(api, APPOINTMENTS, { doctorId, limit });
        expect(sameJson([...ids].sort(), [...booked].sort()), 'each of the seven once', last);
      }
      const { ids, last } = await readPagesOf(api, APPOINTMENTS, { doctorId, status: 'cancelled', limit: 2 });
      expect(ids.length === 4 && new Set(ids).size === 4, 'the four that are cancelled, once each', last);
      const all = await api.get(APPOINTMENTS + query({ doctorId }));
      expect(expectPage(all).items.length === 7, 'all seven where nothing is said: 20 are a page', all);
    },
  },
  {
    name: 'pages-of-appointments-survive-changes',
    why: 'While somebody reads the list, others book and cancel; who stays where they are must be seen once.',
    hint: 'Go on after a place and not after a number of rows: an offset slips with each change.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const staying: string[] = [];
      const leaving: string[] = [];
      for (let index = 0; index < 6; index++) {
        leaving.push((await book(api, pair, index * 100)).path);
        staying.push((await book(api, pair, index * 100 + 50)).id);
      }
      let extra = -1_000;
      const filter = { doctorId: pair.doctorId, status: 'booked', limit: 3 };
      const { ids, last } = await readPagesOf(api, APPOINTMENTS, filter, async () => {
        const path = leaving.shift();
        if (path) await cancel(api, { path });
        await book(api, pair, extra);
        extra += 50;
      });
      expect(new Set(ids).size === ids.length, 'nothing twice', last);
      const skipped = staying.filter((id) => !ids.includes(id));
      expect(skipped.length === 0, `each of the six that stayed; skipped: ${skipped.join(', ')}`, last);
    },
  },
  {
    name: 'bad-filters-are-400-and-named',
    why: 'A filter with a slip that is passed over shows somebody the whole clinic’s appointments.',
    hint: 'Refuse an unknown status and what is no instant with 400 that names the parameter, and a cursor that this list did not give.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const { doctorId } = pair;
      for (const [name, value] of [
        ['status', 'lost'],
        ['status', ''],
        ['from', 'tomorrow'],
        ['from', '2031-03-01T10:00:00'],
        ['to', '2031-02-30T10:00:00Z'],
        ['to', '1930298400'],
      ] as const) {
        const reply = await api.get(APPOINTMENTS + query({ doctorId, [name]: value }));
        expectProblem(reply, 400);
        expect(new RegExp(`\\b${name}\\b`).test(reply.text), `${name} named in the problem`, reply);
      }
      for (const limit of ['0', '101', '-1', '1.5', 'many']) {
        const reply = await api.get(APPOINTMENTS + query({ doctorId, limit }));
        if (reply.status !== 200) {
          expectProblem(reply, 400);
          expect(reply.text.includes('limit'), 'limit named in the problem', reply);
        }
      }
      for (let index = 0; index < 3; index++) await book(api, pair, index * 30);
      const page = expectPage(await api.get(APPOINTMENTS + query({ doctorId, limit: 1 })));
      const { nextCursor = '' } = page;
      expect(
        idsOf(page).length === 1 && nextCursor,
        'one item and a nextCursor',
        await api.get(APPOINTMENTS),
      );
      for (const cursor of ['x', '-1', `${nextCursor}A`, nextCursor.slice(1), '\u0000', '山'])
        expectProblem(await api.get(APPOINTMENTS + query({ doctorId, limit: 1, cursor })), 400);
    },
  },
  {
    name: 'odd-text-in-a-query-does-no-harm',
    why: 'A query comes from anybody, and a database has its own view of what text is.',
    hint: 'A NUL, half a surrogate pair, quotes and patterns are text that nobody has: an empty list or a 4xx, never a 5xx.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const texts = [
        '%00',
        'a%00b',
        '%ED%A0%80',
        '%F0%9F%A9%BA',
        '%27%20OR%201=1--',
        '%25',
        '%ff',
        '%22',
        '%5C',
      ];
      for (const text of texts) {
        for (const path of [
          `/api/v1/doctors?search=${text}`,
          `/api/v1/patients?search=${text}${text}${text}`,
          `${APPOINTMENTS}?doctorId=${text}`,
          `${APPOINTMENTS}?patientId=${text}&status=booked`,
          `${APPOINTMENTS}?cursor=${text}`,
          `${APPOINTMENTS}?from=${text}`,
        ]) {
          const reply = await api.get(path);
          expectNoFailure(reply);
          const open = reply.status === 200 && path.startsWith(`${APPOINTMENTS}?`);
          expect(!open || expectPage(reply).items.length === 0, 'no appointment, or a refusal', reply);
        }
      }
      const ends = { startsAt: '9999-12-31T23:59:59Z', endsAt: '0001-01-01T00:00:00Z' };
      expectNoFailure(await api.get(APPOINTMENTS + query({ from: ends.startsAt, to: ends.endsAt })));
      expectNoFailure(await api.get(`${APPOINTMENTS}?doctorId=a&doctorId=b&status=booked&status=noshow`));
    },
  },
];
