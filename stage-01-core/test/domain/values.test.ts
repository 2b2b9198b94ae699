import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  foldCase,
  isCalendarDate,
  nameProblem,
  normalizeName,
  parseInstant,
  yearsBefore,
} from '../../src/domain/index.ts';

describe('calendar dates', () => {
  test('every day that a calendar counts is one', () => {
    const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(fc.property(day, (date) => isCalendarDate(date.toISOString().slice(0, 10))));
  });

  test('a day is one exactly when a calendar gives it back', () => {
    const numbers = fc.tuple(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
    );
    fc.assert(
      fc.property(numbers, ([year, month, day]) => {
        const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const date = new Date(0);
        date.setUTCFullYear(year, month - 1, day);
        assert.equal(isCalendarDate(text), date.toISOString().slice(0, 10) === text);
      }),
    );
  });

  test('any other text is none', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => !isCalendarDate(text) || /^\d{4}-\d\d-\d\d$/.test(text),
      ),
    );
  });

  test('years are counted back on the text', () => {
    assert.equal(yearsBefore('2026-06-15', 130), '1896-06-15');
    assert.equal(yearsBefore('2024-02-29', 1), '2023-02-29');
  });
});

describe('instants', () => {
  const instants = {
    '2027-03-01T09:00:00+01:00': '2027-03-01T08:00:00.000Z',
    '2027-03-01T09:00:00Z': '2027-03-01T09:00:00.000Z',
    '2027-03-01T09:00:00.5Z': '2027-03-01T09:00:00.500Z',
    '2026-12-31T23:30:00-05:30': '2027-01-01T05:00:00.000Z',
    '2027-03-01T09:00:00': undefined,
    '2027-03-01': undefined,
    '2027-02-30T09:00:00Z': undefined,
    '2027-03-01T24:00:00Z': undefined,
    '2027-03-01T09:60:00Z': undefined,
    '2027-03-01 09:00:00Z': undefined,
    '9999-12-31T23:30:00-04:00': undefined,
    '0001-01-01T00:30:00+01:00': undefined,
    tomorrow: undefined,
  };
  for (const [text, instant] of Object.entries(instants)) {
    test(`${text} is ${instant ?? 'none'}`, () => assert.equal(parseInstant(text), instant));
  }
});

describe('names', () => {
  const scripts = [
    'Okafor',
    'Ивано́ва',
    'О’Брайен',
    "d'Arc",
    'Jean‐Pierre',
    'Saint-Exupéry',
    'محمد',
    '山田',
    'たろう',
    '김',
    'नेहा',
    'Nguyễn',
    'Þórunn',
    "van 't Hoff",
    'Łukasz',
  ];
  for (const name of scripts) {
    test(`${name} is a name`, () => assert.equal(nameProblem(normalizeName(name)), undefined));
  }

  const strangers = [
    '',
    ' ',
    '-',
    "'",
    'R2',
    'a@b',
    'a\u0000b',
    'a\nb',
    'a\u200bb',
    'a\tb',
    '<b>',
    'Ann_a',
    '💉',
    '\u0301a',
  ];
  for (const name of strangers) {
    test(`${JSON.stringify(name)} is none`, () => assert.ok(nameProblem(normalizeName(name))));
  }

  const letter = fc.constantFrom(...'aéßЖщ山다مनΩ', 'ñ', '𠮷', 'e\u0301');
  test('letters of any script make a name, up to a hundred of them', () => {
    fc.assert(
      fc.property(fc.array(letter, { minLength: 1, maxLength: 100 }), (letters) => {
        const name = normalizeName(letters.join(''));
        assert.equal(nameProblem(name), undefined);
      }),
    );
    assert.match(nameProblem('я'.repeat(101)) ?? '', /has 101 characters/);
    assert.equal(nameProblem('𠮷'.repeat(100)), undefined);
  });

  test('the normal form is one: it is its own, and the same for composed and decomposed letters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(normalizeName(normalizeName(text)), normalizeName(text));
        assert.equal(normalizeName(text.normalize('NFD')), normalizeName(text));
      }),
    );
  });

  test('folding takes case and normal form away', () => {
    for (const [a, b] of [
      ['straße', 'STRASSE'],
      ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
      ['ЁЖ', 'ёж'],
      ['É', 'e\u0301'],
      ['GROẞ', 'groß'],
      ['O’Brien', "o'brien"],
    ] as const) {
      assert.equal(foldCase(a), foldCase(b));
    }
    fc.assert(
      fc.property(fc.array(letter), (letters) => {
        const text = letters.join('');
        assert.equal(foldCase(text), foldCase(text.toUpperCase().normalize('NFD')));
      }),
    );
  });

  test('a message shows a character that can be seen, and names one that cannot', () => {
    assert.match(nameProblem('R2') ?? '', /"2" \(U\+0032\)/);
    assert.match(nameProblem('a\u200bb') ?? '', /have, U\+200B:/);
  });
});
