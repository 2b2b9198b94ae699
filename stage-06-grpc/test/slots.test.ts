import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  dateAfter,
  type ScheduleInput,
  slotAt,
  slotsOf,
  WEEKDAYS,
  wallHoursOf,
} from '../src/domain/index.ts';
import { sampleSchedule } from './contracts/index.ts';
import { ZONES } from './support.ts';

const MINUTE = 60_000;

const everyDay = (from: string, to: string) => WEEKDAYS.map((day) => ({ day, from, to }));

/** What the clock on the wall shows, told by Intl and not by that which makes the slots. */
function createWallClock(timeZone: string): (instant: number) => { date: string; time: string } {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  return (instant) => {
    const [date = '', time = ''] = clock.format(instant).split(' ');
    return { date, time };
  };
}

const slotTimes = (input: ScheduleInput, date: string) => {
  const wall = createWallClock(input.timeZone);
  return slotsOf(input, { from: date, to: date }, ZONES).map(
    ({ startsAt }) => wall(Date.parse(startsAt)).time,
  );
};

suite('slots on the days the clocks change', () => {
  const night = (overrides: Partial<ScheduleInput> = {}) =>
    sampleSchedule({ weekly: everyDay('00:00', '06:00'), ...overrides });

  test('Berlin, 00:00 to 06:00 by half hours: 12 slots, 10 in spring, 14 in autumn with both 02:30s', () => {
    assert.equal(slotTimes(night(), '2027-03-27').length, 12);
    const spring = slotTimes(night(), '2027-03-28');
    assert.equal(spring.length, 10);
    assert.ok(!spring.some((time) => time.startsWith('02')));
    const autumn = slotTimes(night(), '2027-10-31');
    assert.equal(autumn.length, 14);
    assert.equal(autumn.filter((time) => time === '02:30').length, 2);
    const slots = slotsOf(night(), { from: '2027-10-31', to: '2027-10-31' }, ZONES);
    const [first, second] = slots.filter((_, index) => autumn[index] === '02:30');
    assert.deepEqual(
      [first?.startsAt, second?.startsAt],
      ['2027-10-31T00:30:00.000Z', '2027-10-31T01:30:00.000Z'],
    );
  });

  test('two rows within the hour that comes twice: in the order of time', () => {
    const input = night({ weekly: [...everyDay('02:00', '02:30'), ...everyDay('02:30', '03:00')] });
    assert.deepEqual(slotTimes(input, '2027-10-31'), ['02:00', '02:30', '02:00', '02:30']);
  });

  test('Lord Howe, whose clocks change by half an hour', () => {
    const lordHowe = night({ timeZone: 'Australia/Lord_Howe' });
    assert.equal(slotTimes(lordHowe, '2027-04-03').length, 12);
    assert.equal(slotTimes(lordHowe, '2027-04-04').length, 13);
    assert.equal(slotTimes(lordHowe, '2027-10-03').length, 11);
  });

  test('a date that was left out at the date line has no slots, and the neighbours have theirs', () => {
    const apia = night({ timeZone: 'Pacific/Apia', weekly: everyDay('00:00', '24:00') });
    assert.deepEqual(slotTimes(apia, '2011-12-30'), []);
    assert.equal(slotTimes(apia, '2011-12-29').length, 48);
    assert.equal(slotTimes(apia, '2011-12-31').length, 48);
  });

  test('a night that begins at 01:00, and clocks that go back over midnight', () => {
    const input = night({ timeZone: 'America/Sao_Paulo', weekly: everyDay('00:00', '03:00') });
    assert.deepEqual(slotTimes(input, '2018-11-04'), ['01:00', '01:30', '02:00', '02:30']);
    // At 00:01 of 29 October 2006 it was 23:01 of the 28th again.
    const late = night({ timeZone: 'America/St_Johns', weekly: everyDay('23:00', '24:00') });
    assert.deepEqual(slotTimes(late, '2006-10-28'), ['23:00', '23:30', '23:01']);
  });

  test('each row is cut for itself, and a new date has its own', () => {
    const input = sampleSchedule({
      timeZone: 'UTC',
      slotMinutes: 50,
      weekly: [...everyDay('09:00', '11:00'), ...everyDay('11:00', '12:00'), ...everyDay('23:00', '24:00')],
    });
    assert.deepEqual(slotTimes(input, '2027-03-01'), ['09:00', '09:50', '11:00', '23:00']);
  });

  test('a slot is found by its beginning, whatever the date is there', () => {
    const input = sampleSchedule({ timeZone: 'Pacific/Kiritimati', weekly: everyDay('00:00', '24:00') });
    const schedule = { ...input, doctorId: 'd', version: 1, updatedAt: '' };
    for (const { startsAt, endsAt } of slotsOf(input, { from: '2027-03-01', to: '2027-03-02' }, ZONES)) {
      assert.equal(slotAt(schedule, startsAt, ZONES)?.endsAt, endsAt);
    }
    for (const startsAt of [
      '2027-03-01T00:15:00.000Z',
      '9999-12-31T23:30:00.000Z',
      '0001-01-01T00:10:00.000Z',
    ]) {
      assert.equal(slotAt(schedule, startsAt, ZONES), undefined);
    }
  });
});

/** Park and Miller's generator: the same numbers each time. */
function createNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

interface Minute {
  readonly instant: number;
  readonly date: string;
  readonly time: string;
}

/** Each minute from a day before the dates until a day after. */
function minutesAround(timeZone: string, from: string, to: string): Minute[] {
  const wall = createWallClock(timeZone);
  const [begin, end] = [Date.parse(dateAfter(from, -1)), Date.parse(dateAfter(to, 2))];
  return Array.from({ length: (end - begin) / MINUTE }, (_, n) => {
    const instant = begin + n * MINUTE;
    return { instant, ...wall(instant) };
  });
}

/** The definition, word by word: minute by minute. */
function slotsOfModel(
  input: ScheduleInput,
  { from, to }: { from: string; to: string },
  minutes: readonly Minute[],
) {
  const slots: [number, number][] = [];
  for (let date = from; date <= to; date = dateAfter(date)) {
    for (const hours of wallHoursOf(input, date)) {
      let run = 0;
      for (const { instant, ...wall } of minutes) {
        const isInside = wall.date === date && wall.time >= hours.from && wall.time < hours.to;
        run = isInside ? run + 1 : 0;
        if (run < input.slotMinutes) continue;
        slots.push([instant + MINUTE - run * MINUTE, instant + MINUTE]);
        run = 0;
      }
    }
  }
  return slots.sort(([a], [b]) => a - b);
}

function randomHours(numbers: (below: number) => number): { from: string; to: string }[] {
  const text = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  // Pairs of edges in order, some of which are the same: so rows touch now and then.
  const edges = Array.from({ length: 2 + 2 * numbers(3) }, () =>
    numbers(8) === 0 ? 1_440 : 5 * numbers(288),
  ).sort((a, b) => a - b);
  return edges.flatMap((edge, n) => {
    const end = edges[n + 1];
    return n % 2 === 0 && end !== undefined && end > edge ? [{ from: text(edge), to: text(end) }] : [];
  });
}

suite('slots are as the definition has them, minute by minute', () => {
  const cases = [
    ['Europe/Berlin', '2027-03-27', '2027-03-29'],
    ['Europe/Berlin', '2027-10-30', '2027-11-01'],
    ['Australia/Lord_Howe', '2027-04-03', '2027-04-05'],
    ['Australia/Lord_Howe', '2027-10-02', '2027-10-04'],
    ['America/St_Johns', '2006-10-27', '2006-10-30'],
    ['America/St_Johns', '2006-04-01', '2006-04-03'],
    ['America/St_Johns', '2027-03-13', '2027-03-15'],
    ['Asia/Kathmandu', '2027-03-01', '2027-03-02'],
    ['Pacific/Apia', '2011-12-28', '2012-01-01'],
    ['Pacific/Kiritimati', '1994-12-30', '1995-01-02'],
    ['Pacific/Kiritimati', '2027-03-01', '2027-03-02'],
    ['Europe/Moscow', '2014-10-25', '2014-10-27'],
    ['Europe/Moscow', '2027-03-28', '2027-03-28'],
    ['America/Sao_Paulo', '2018-11-03', '2018-11-05'],
    ['America/Sao_Paulo', '2019-02-15', '2019-02-18'],
    ['Africa/Casablanca', '2026-02-14', '2026-02-16'],
    ['Africa/Casablanca', '2026-03-21', '2026-03-23'],
  ] as const;
  for (const [timeZone, from, to] of cases) {
    test(`${timeZone}, ${from} to ${to}`, () => {
      const minutes = minutesAround(timeZone, from, to);
      const numbers = createNumbers(20_270_328);
      for (let round = 0; round < 15; round++) {
        const weekly = WEEKDAYS.flatMap((day) => randomHours(numbers).map((hours) => ({ day, ...hours })));
        const exceptions = numbers(3) === 0 ? [{ date: from, intervals: randomHours(numbers) }] : [];
        const input = { timeZone, slotMinutes: 5 + numbers(round % 2 ? 40 : 200), weekly, exceptions };
        const slots = slotsOf(input, { from, to }, ZONES);
        const pairs = slots.map(({ startsAt, endsAt }) => [Date.parse(startsAt), Date.parse(endsAt)]);
        assert.deepEqual(pairs, slotsOfModel(input, { from, to }, minutes), JSON.stringify(input));
        slots.slice(1).forEach(({ startsAt }, n) => {
          assert.ok(startsAt >= (slots[n]?.endsAt ?? ''), 'two overlap');
        });
      }
    });
  }
});
