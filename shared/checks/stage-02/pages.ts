import { expect } from '../harness.ts';
import { type ApiCheck, lesson, PATIENTS } from './check.ts';
import {
  expectNoFailure,
  expectPage,
  expectProblem,
  expectStatus,
  idsOf,
  query,
  readPages,
  register,
  registerMany,
  sameJson,
} from './expectations.ts';
import { rareLetters } from './people.ts';

export const pages: ApiCheck[] = [
  {
    name: 'list-gives-twenty-a-page',
    why: 'Nobody reads ten thousand patients at once, and no server should send them because nobody said how many.',
    hint: 'Without a limit give 20 items and a nextCursor; on the last page nextCursor is null.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const search = rareLetters();
      const registered = await registerMany(api, 21, { lastName: search });
      const reply = await api.get(PATIENTS + query({ search }));
      const first = expectPage(reply);
      expect(first.items.length === 20, '20 items', reply);
      expect(first.nextCursor, 'a nextCursor, as there is one more', reply);
      const last = await api.get(PATIENTS + query({ search, cursor: first.nextCursor }));
      const second = expectPage(last);
      expect(
        second.items.length === 1 && second.nextCursor === undefined,
        'the 21st, and no nextCursor',
        last,
      );
      const ids = [...idsOf(first), ...idsOf(second)];
      expect(sameJson(ids.sort(), registered.sort()), 'each of the 21 once on the two pages', last);
    },
  },
  {
    name: 'list-items-are-whole-records',
    why: 'A list that leaves fields out makes its reader ask once more for every line.',
    hint: 'Each item is the record as GET by its id gives it.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { record } = await register(api);
      const reply = await api.get(PATIENTS + query({ search: String(record.lastName) }));
      expect(sameJson(expectPage(reply).items, [record]), 'exactly the record that POST gave, alone', reply);
    },
  },
  {
    name: 'limit-is-heeded',
    why: 'A small screen wants a small page, and a big one as much as is allowed.',
    hint: 'limit is the number of items a page, from 1 to 100; a full last page has no nextCursor or leads to an empty one.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const search = rareLetters();
      await registerMany(api, 6, { lastName: search });
      for (const limit of [1, 5]) {
        const reply = await api.get(PATIENTS + query({ search, limit }));
        expect(expectPage(reply).items.length === limit, `${limit} of the 6`, reply);
      }
      const all = await api.get(PATIENTS + query({ search, limit: 100 }));
      expect(expectPage(all).items.length === 6, 'all 6', all);
      const { ids, last } = await readPages(api, search, 3);
      expect(ids.length === 6, '6 items on pages of 3', last);
    },
  },
  {
    name: 'limit-has-bounds',
    why: 'One request without a bound reads everybody, and a few of them at once stop the service.',
    hint: 'Refuse what is no whole number from 1 to 100 with 400, or keep within these bounds.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const search = rareLetters();
      await registerMany(api, 102, { lastName: search });
      for (const limit of ['101', '1000000', '0', '-1', '1.5', 'many', '1e9']) {
        const reply = await api.get(PATIENTS + query({ search, limit }));
        if (reply.status !== 200) expectProblem(reply, 400, 422);
        else {
          const { items } = expectPage(reply);
          expect(
            items.length >= 1 && items.length <= 100,
            `a refusal with 400, or 1 to 100 items, not ${items.length}`,
            reply,
          );
        }
      }
      expectNoFailure(await api.get(`${PATIENTS}?limit=1&limit=2&search=${search}`));
      const all = await api.get(PATIENTS + query({ search, limit: 100 }));
      expect(expectPage(all).items.length === 100, '100 items at a limit of 100', all);
    },
  },
  {
    name: 'pages-survive-adds-and-deletes',
    why: 'Whoever reads on while others come and go must see each patient who stays, once and not twice.',
    hint: 'Let the cursor say after which patient to go on, not how many to leave out: an offset slips with each delete.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const search = rareLetters();
      const lastName = search;
      const staying: string[] = [];
      const leaving: string[] = [];
      for (let round = 0; round < 6; round++) {
        leaving.push(...(await registerMany(api, 1, { lastName })));
        staying.push(...(await registerMany(api, 2, { lastName })));
      }
      const { ids, last } = await readPages(api, search, 3, async () => {
        await registerMany(api, 1, { lastName });
        const id = leaving.shift();
        if (id) expectStatus(await api.delete(`${PATIENTS}/${id}`), 204);
      });
      const repeated = ids.filter((id, index) => ids.indexOf(id) < index);
      expect(repeated.length === 0, `nobody twice; repeated: ${repeated.join(', ')}`, last);
      const skipped = staying.filter((id) => !ids.includes(id));
      expect(skipped.length === 0, `each of the 12 who stayed; skipped: ${skipped.join(', ')}`, last);
    },
  },
  {
    name: 'cursor-survives-its-patient',
    why: 'The one patient at whom a page ended may be deleted before the next page is read.',
    hint: 'Go on after the place that the cursor names, whether or not somebody still stands there.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const search = rareLetters();
      const all: string[] = [];
      for (let index = 0; index < 4; index++) all.push(...(await registerMany(api, 1, { lastName: search })));
      const first = expectPage(await api.get(PATIENTS + query({ search, limit: 2 })));
      for (const id of idsOf(first)) expectStatus(await api.delete(`${PATIENTS}/${id}`), 204);
      const reply = await api.get(PATIENTS + query({ search, limit: 2, cursor: first.nextCursor ?? '' }));
      const rest = all.filter((id) => !idsOf(first).includes(id));
      expect(sameJson(idsOf(expectPage(reply)).sort(), rest.sort()), 'the two others', reply);
    },
  },
  {
    name: 'altered-cursor-is-400',
    why: 'A cursor that was cut or mistyped must not quietly begin somewhere else, and skip half of the patients.',
    hint: 'Put a check sum into the cursor, or look at all of its parts, and refuse any other text with 400.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const search = rareLetters();
      await registerMany(api, 3, { lastName: search });
      const { nextCursor = '' } = expectPage(await api.get(PATIENTS + query({ search, limit: 1 })));
      const at = (cursor: string) => api.get(PATIENTS + query({ search, limit: 1, cursor }));
      expectPage(await at(nextCursor));
      const middle = Math.floor(nextCursor.length / 2);
      const other = nextCursor.charAt(middle) === 'A' ? 'B' : 'A';
      const altered = nextCursor.slice(0, middle) + other + nextCursor.slice(middle + 1);
      for (const cursor of [
        'x',
        'null',
        '-1',
        `${nextCursor}A`,
        nextCursor.slice(1),
        altered,
        '\u0000',
        '山',
      ])
        expectProblem(await at(cursor), 400);
    },
  },
];
