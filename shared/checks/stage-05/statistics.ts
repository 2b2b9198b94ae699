import { expect } from '../harness.ts';
import { nobody } from '../stage-03/people.ts';
import { at } from '../stage-03/times.ts';
import { employ, openPlace } from '../stage-04/accounts.ts';
import { type ApiCheck, lesson, STATISTICS } from './check.ts';
import {
  book,
  dateOf,
  expectFigures,
  expectProblem,
  expectStatistics,
  expectUnauthenticated,
  openPair,
  query,
  statisticsOf,
} from './expectations.ts';

const DAY = 24 * 60;

export const statistics: ApiCheck[] = [
  {
    name: 'statistics-answer-by-date-and-doctor',
    why: 'At the end of the month somebody wants to know who was booked how often, and not by counting calendars.',
    hint: 'Answer { items: [{ date, doctorId, booked, cancelled }] }, one item for a date and a doctor; the date is that of the start, in UTC.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const [one, other] = [await openPair(api), await openPair(api)];
      for (const from of [0, 60, 120]) await book(api, one, from);
      await book(api, other, 0);
      await book(api, other, 3 * DAY);
      const day = dateOf(at(0));
      await expectFigures(api, other.doctorId, { [day]: [1, 0], [dateOf(at(3 * DAY))]: [1, 0] });
      const { days, reply } = await statisticsOf(api, { from: dateOf(at(0)), to: dateOf(at(2 * DAY)) });
      for (const { doctorId } of [one, other])
        expect(
          days.some((item) => item.doctorId === doctorId),
          `an item with the doctor ${doctorId}`,
          reply,
        );
      expectStatistics(await api.get(STATISTICS));
    },
  },
  {
    name: 'from-and-to-include-their-days',
    why: 'A report "from the first to the thirty-first" that leaves the last day out is believed all the same.',
    hint: 'Compare calendar dates, and include both ends; either of them may be left out.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const dates: string[] = [];
      for (const day of [0, 1, 2, 3]) {
        dates.push(dateOf(at(day * DAY)));
        await book(api, pair, day * DAY);
      }
      await expectFigures(api, pair.doctorId, Object.fromEntries(dates.map((date) => [date, [1, 0]])));
      const [first = '', second = '', third = '', fourth = ''] = dates;
      const cases = [
        [{ from: second }, [second, third, fourth]],
        [{ to: second }, [first, second]],
        [{ from: second, to: third }, [second, third]],
        [{ from: third, to: third }, [third]],
        [{ from: '2001-01-01', to: '2001-12-31' }, []],
      ] as const;
      for (const [range, wanted] of cases) {
        const { days, reply } = await statisticsOf(api, { ...range, doctorId: pair.doctorId });
        const told = days.filter(({ booked }) => booked > 0).map(({ date }) => date);
        expect(
          told.toSorted().join() === wanted.join(),
          `exactly these dates: ${wanted.join(', ') || 'none'}`,
          reply,
        );
      }
    },
  },
  {
    name: 'statistics-of-one-doctor-are-of-no-other',
    why: 'Whoever asks for one doctor and gets the figures of two pays the wrong one.',
    hint: 'With doctorId answer the items of that doctor alone; of one whom nobody knows there are none.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const [one, other] = [await openPair(api), await openPair(api)];
      await book(api, one);
      await book(api, other);
      for (const { doctorId } of [one, other]) {
        await expectFigures(api, doctorId, { [dateOf(at(0))]: [1, 0] });
        const { days, reply } = await statisticsOf(api, { doctorId });
        expect(
          days.every((item) => item.doctorId === doctorId),
          `items of ${doctorId} alone`,
          reply,
        );
      }
      for (const doctorId of [nobody, 'x']) {
        const reply = await api.get(STATISTICS + query({ doctorId }));
        if (doctorId === 'x' && reply.status === 400) expectProblem(reply, 400);
        else expect(expectStatistics(reply).length === 0, 'no items', reply);
      }
    },
  },
  {
    name: 'dates-that-are-none-are-400',
    why: 'A mistyped date that is taken for "all of time" makes a report that looks right.',
    hint: 'Take calendar dates that exist, written as 2027-03-01; anything else is a 400 with a problem.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const wrongs = [
        '2027-02-30',
        '2027-2-1',
        'yesterday',
        '',
        '2027-03-01T00:00:00Z',
        '20270301',
        '2027-13-01',
      ];
      for (const wrong of wrongs) {
        for (const name of ['from', 'to'])
          expectProblem(await api.get(STATISTICS + query({ [name]: wrong })), 400);
      }
      expectProblem(await api.get(`${STATISTICS}?from=2027-03-01&from=2027-03-02`), 400);
    },
  },
  {
    name: 'statistics-want-a-session',
    why: 'How often somebody is booked is the business of nobody else, also without a single name.',
    hint: 'The new route is behind the same door as the others: 401 without a token, or with one that is none.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      expectUnauthenticated(await api.as(undefined).get(STATISTICS));
      expectUnauthenticated(await api.as('x'.repeat(43)).get(`${STATISTICS}?from=2027-03-01`));
    },
  },
  {
    name: 'everybody-at-work-reads-statistics',
    why: 'The desk plans by these figures, and so do the doctors.',
    hint: 'Let admin, receptionist and doctor read them; nobody writes them.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      for (const role of ['admin', 'receptionist', 'doctor']) {
        const { api } = await employ(place, role);
        expectStatistics(await api.get(`${STATISTICS}?from=2027-03-01`));
        const reply = await api.post(STATISTICS, { date: '2027-03-01', booked: 7 });
        expectProblem(reply, 403, 404, 405);
      }
    },
  },
];
