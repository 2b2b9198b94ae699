import { expect } from '../harness.ts';
import type { Details } from '../stage-01/people.ts';
import { type ApiCheck, lesson, PATIENTS } from './check.ts';
import { expectNoFailure, expectPage, query, register, sameJson } from './expectations.ts';
import { rareLetters } from './people.ts';

/** Somebody of this name is found by each of these texts. The rare letters keep everybody else away. */
const findable =
  (cases: readonly (readonly [Partial<Details>, (rare: string) => string[]])[]): ApiCheck['run'] =>
  async (desk) => {
    const api = await desk.open();
    for (const [names, texts] of cases) {
      const rare = rareLetters();
      const { record } = await register(api, {
        lastName: (names.lastName ?? '') + rare,
        ...without(names, 'lastName'),
      });
      for (const text of texts(rare)) {
        const reply = await api.get(PATIENTS + query({ search: text }));
        expect(
          sameJson(expectPage(reply).items, [record]),
          `exactly ${record.lastName} among the items`,
          reply,
        );
      }
    }
  };

function without(names: Partial<Details>, field: keyof Details): Partial<Details> {
  return Object.fromEntries(Object.entries(names).filter(([name]) => name !== field));
}

export const search: ApiCheck[] = [
  {
    name: 'search-finds-text-within-a-name',
    why: 'At the desk one types the part of the name that one has understood.',
    hint: 'Look for the text anywhere in the last, the first and the middle name.',
    lesson: lesson('try-it'),
    async run(desk) {
      const api = await desk.open();
      for (const field of ['lastName', 'firstName', 'middleName'] as const) {
        const rare = rareLetters();
        const { record } = await register(api, { [field]: `Ab${rare}yz` });
        for (const text of [`Ab${rare}yz`, rare.slice(3), `b${rare.slice(0, -2)}`]) {
          const reply = await api.get(PATIENTS + query({ search: text }));
          expect(sameJson(expectPage(reply).items, [record]), `exactly the one whose ${field} has it`, reply);
        }
      }
    },
  },
  {
    name: 'search-ignores-case-in-any-script',
    why: 'Nobody remembers whether a name was typed in capitals, in Latin letters or in others.',
    hint: 'Read the query as UTF-8 with its percent signs, and fold case on both sides by Unicode and not by ASCII.',
    lesson: lesson('the-walk'),
    run: findable([
      [{ lastName: "O'Neill" }, (rare) => [`o'nEILL${rare.toUpperCase()}`]],
      [{ lastName: 'Иванова' }, (rare) => [`иВАНОВА${rare}`, `ИВАНОВА${rare.toUpperCase()}`]],
      [{ lastName: 'Κωνσταντίν' }, (rare) => [`ΚΩΝΣΤΑΝΤΊΝ${rare}`]],
    ]),
  },
  {
    name: 'search-knows-both-ways-to-write-an-accent',
    why: 'Some keyboards send ë as one code point and others as two, and both look the same.',
    hint: 'Bring both sides to one normal form (NFC) before they are compared.',
    lesson: lesson('break-it'),
    run: findable([
      [{ lastName: 'Zo\u00eb' }, (rare) => [`Zo\u00eb${rare}`, `Zoe\u0308${rare}`, `ZOE\u0308${rare}`]],
      [{ lastName: 'Zoe\u0308' }, (rare) => [`zo\u00eb${rare}`]],
    ]),
  },
  {
    name: 'search-takes-text-as-text',
    why: 'A stray sign in the search must neither break the server nor find everybody.',
    hint: 'Compare text with text; what was typed is no pattern and no part of a query language.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      await register(api);
      for (const text of [
        '.',
        '(',
        '[a-z]',
        '%',
        '_',
        '*',
        "' OR '1'='1",
        '"',
        '\\',
        '\u0000',
        rareLetters(),
      ]) {
        const reply = await api.get(PATIENTS + query({ search: text }));
        if (reply.status === 400 || reply.status === 422) continue;
        expect(expectPage(reply).items.length === 0, 'nobody: no name has such a text in it', reply);
      }
      for (const text of ['%zz', '%E0%A4', '%ff', 'a&search=b', '&&=&', '+'])
        expectNoFailure(await api.get(`${PATIENTS}?search=${text}`));
    },
  },
];
