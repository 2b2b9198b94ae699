import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  changeSchedule,
  createSchedule,
  type FieldProblem,
  freeSlots,
  type ScheduleFields,
  type ScheduleInput,
  scheduleProblems,
  type Slot,
  wallHoursOf,
} from '../src/domain/index.ts';
import { readScheduleRecord } from '../src/schema/index.ts';
import { createStillClock, sampleSchedule } from './contracts/index.ts';
import { ZONES } from './support.ts';

const pathsOf = (problems: readonly FieldProblem[]) => problems.map(({ path }) => path);
const problemsOf = (fields: ScheduleFields) => pathsOf(scheduleProblems(fields, ZONES));
const monday = (from: string, to: string) => ({ day: 'monday', from, to }) as const;

suite('the rules of a schedule', () => {
  test('a schedule as people write it breaks none, nor does an empty one', () => {
    assert.deepEqual(problemsOf(sampleSchedule()), []);
    assert.deepEqual(problemsOf({}), []);
    const weekly = [monday('13:00', '24:00'), monday('00:00', '09:00'), monday('09:00', '13:00')];
    assert.deepEqual(problemsOf({ weekly }), [], 'rows may touch, in any order');
  });

  test('a zone is a name of the IANA database', () => {
    const names = ['Europe/Berlin', 'america/ST_johns', 'UTC', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires'];
    assert.deepEqual(
      names.flatMap((timeZone) => problemsOf({ timeZone })),
      [],
    );
    for (const timeZone of [
      '',
      '+02:00',
      'Berlin',
      'Z',
      ' Europe/Berlin',
      '2027-01-01T00:00[Europe/Berlin]',
      'é',
    ]) {
      assert.deepEqual(problemsOf({ timeZone }), ['/timeZone'], timeZone);
    }
    assert.equal(ZONES.nameOf('europe/BERLIN'), 'Europe/Berlin');
  });

  test('a slot has 5 to 480 whole minutes', () => {
    assert.deepEqual(
      [5, 480].flatMap((slotMinutes) => problemsOf({ slotMinutes })),
      [],
    );
    for (const slotMinutes of [4, 481, 7.5, 0, -30, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.deepEqual(problemsOf({ slotMinutes }), ['/slotMinutes'], String(slotMinutes));
    }
  });

  test('times are times of a day, and to is after from', () => {
    for (const [from, to, ...paths] of [
      ['24:00', '24:00', 'from'],
      ['9:00', '25:00', 'from', 'to'],
      ['09:60', '10:00', 'from'],
      ['09:00', '09:00', 'to'],
      ['22:00', '06:00', 'to'],
      ['22:00', '00:00', 'to'],
      ['09:00\n', '10:00 ', 'from', 'to'],
    ] as const) {
      const expected = paths.map((name) => `/weekly/0/${name}`);
      assert.deepEqual(problemsOf({ weekly: [monday(from, to)] }), expected, `${from} ${to}`);
    }
  });

  test('rows of one day do not overlap', () => {
    const weekly = [monday('09:00', '17:00'), monday('10:00', '11:00'), monday('12:00', '18:00')];
    assert.deepEqual(problemsOf({ weekly }), ['/weekly/1/from', '/weekly/2/from']);
    assert.deepEqual(problemsOf({ weekly: [monday('09:00', '10:00'), monday('09:00', '10:00')] }), [
      '/weekly/1/from',
    ]);
    const tuesday = { day: 'tuesday', from: '09:00', to: '17:00' } as const;
    assert.deepEqual(problemsOf({ weekly: [monday('09:00', '17:00'), tuesday] }), []);
  });

  test('an exception has a date of its own, and intervals that do not overlap', () => {
    const exceptions = [
      { date: '2027-02-29', intervals: [] },
      { date: '2027-03-01', intervals: [] },
      {
        date: '2027-03-01',
        intervals: [
          { from: '09:00', to: '10:00' },
          { from: '09:30', to: '10:30' },
        ],
      },
      { date: '1066-10-14', intervals: [] },
    ];
    const paths = [
      '/exceptions/0/date',
      '/exceptions/2/date',
      '/exceptions/2/intervals/1/from',
      '/exceptions/3/date',
    ];
    assert.deepEqual(problemsOf({ exceptions }), paths);
  });

  test('a schedule has its measure', () => {
    const many = <T>(length: number, of: T) => Array.from({ length }, () => of);
    const weekly = many(101, monday('09:00', '10:00'));
    const exceptions = many(367, { date: '2027-03-01', intervals: [] });
    assert.deepEqual(problemsOf({ weekly, exceptions }), ['/weekly', '/exceptions']);
    const day = { date: '2027-03-01', intervals: many(25, { from: '09:00', to: '10:00' }) };
    assert.deepEqual(problemsOf({ exceptions: [day] }), ['/exceptions/0/intervals']);
    const full = Array.from({ length: 42 }, (_, n) => ({
      date: `2027-${n < 28 ? '02' : '03'}-${String((n % 28) + 1).padStart(2, '0')}`,
      intervals: Array.from({ length: 24 }, (_, hour) => {
        const from = String(hour).padStart(2, '0');
        return { from: `${from}:00`, to: `${from}:59` };
      }),
    }));
    assert.deepEqual(problemsOf({ exceptions: full.slice(0, 41) }), []);
    assert.deepEqual(problemsOf({ exceptions: full }), ['/exceptions']);
  });

  test('a record is made by the rules, and counts its changes', () => {
    const rules = { clock: createStillClock(), zones: ZONES };
    const extra = { ...sampleSchedule({ timeZone: 'europe/berlin' }), doctorId: 'another', version: 7 };
    const first = createSchedule('d', extra, rules);
    const expected = {
      doctorId: 'd',
      ...sampleSchedule(),
      version: 1,
      updatedAt: '2026-06-15T10:00:00.000Z',
    };
    assert.deepEqual(first, expected);
    assert.equal(changeSchedule(first, sampleSchedule(), rules).version, 2);
    assert.throws(() => changeSchedule(first, { ...first, slotMinutes: 1 }, rules), { code: 'validation' });
  });

  test('what comes from outside is told of every bad field, of shape and of rule', () => {
    const paths = (value: unknown): string[] => {
      try {
        readScheduleRecord(value, ZONES);
      } catch (error) {
        return pathsOf((error as { details: FieldProblem[] }).details).sort();
      }
      return [];
    };
    assert.deepEqual(paths(sampleSchedule()), []);
    assert.deepEqual(paths([]), ['']);
    assert.deepEqual(paths({}), ['/exceptions', '/slotMinutes', '/timeZone', '/weekly']);
    const bad = {
      timeZone: 'Mars/Olympus',
      slotMinutes: 7.5,
      colour: 'red',
      weekly: [
        { day: 'funday', from: '9:00', to: '10:00' },
        'monday',
        { ...monday('10:00', '09:00'), room: 3 },
      ],
      exceptions: [{ date: 'today', intervals: [{ from: '10:00' }] }],
    };
    assert.deepEqual(paths(bad), [
      '/colour',
      '/exceptions/0/date',
      '/exceptions/0/intervals/0/to',
      '/slotMinutes',
      '/timeZone',
      '/weekly/0/day',
      '/weekly/0/from',
      '/weekly/1',
      '/weekly/2/room',
      '/weekly/2/to',
    ]);
    assert.deepEqual(
      paths(
        JSON.parse('{"__proto__": {}, "timeZone": "UTC", "slotMinutes": 30, "weekly": [], "exceptions": []}'),
      ),
      ['/__proto__'],
    );
  });
});

suite('the hours of a date', () => {
  test('are those of its weekday, or those of the exception in their place', () => {
    const input: ScheduleInput = sampleSchedule({
      weekly: [monday('13:00', '14:00'), monday('09:00', '10:00')],
      exceptions: [
        { date: '2027-03-08', intervals: [] },
        { date: '2027-03-09', intervals: [{ from: '20:00', to: '24:00' }] },
      ],
    });
    const hours = (date: string) => wallHoursOf(input, date).map(({ from, to }) => `${from}-${to}`);
    assert.deepEqual(hours('2027-03-01'), ['09:00-10:00', '13:00-14:00']);
    assert.deepEqual(hours('2027-03-02'), []);
    assert.deepEqual(hours('2027-03-08'), []);
    assert.deepEqual(hours('2027-03-09'), ['20:00-24:00']);
  });
});

suite('free slots', () => {
  test('are those that share no moment with what is taken', () => {
    const slot = (from: number, to: number): Slot => ({ startsAt: String(from), endsAt: String(to) });
    const slots = [slot(10, 20), slot(20, 30), slot(30, 40), slot(50, 60)];
    const free = (...taken: Slot[]) => freeSlots(slots, taken).map(({ startsAt }) => Number(startsAt));
    assert.deepEqual(free(), [10, 20, 30, 50]);
    assert.deepEqual(free(slot(20, 30)), [10, 30, 50]);
    assert.deepEqual(free(slot(15, 16), slot(17, 18), slot(29, 31)), [50]);
    assert.deepEqual(free(slot(0, 10), slot(40, 50), slot(60, 70)), [10, 20, 30, 50]);
    assert.deepEqual(free(slot(0, 99)), []);
  });
});
