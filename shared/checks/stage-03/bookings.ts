import { expect } from '../harness.ts';
import { APPOINTMENTS, type ApiCheck, lesson } from './check.ts';
import {
  book,
  booking,
  cancel,
  expectAbsent,
  expectBooked,
  expectEachRefused,
  expectErrors,
  expectFields,
  expectLive,
  expectNoFailure,
  expectNothingOfTheDatabase,
  expectPage,
  expectProblem,
  expectRecord,
  idsOf,
  openPair,
  query,
  sameJson,
} from './expectations.ts';
import { nobody, rareLetters } from './people.ts';
import { at, atOffset, fromNow, sameInstant } from './times.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** What is no instant with an offset as RFC 3339 writes it. */
const NO_INSTANTS = [
  ...['2031-03-01T10:00:00', '2031-03-01', '10:00', 'tomorrow', '', '2031-02-30T10:00:00Z'],
  ...['2031-03-01T25:00:00Z', '2031-03-01T10:61:00Z', '2031-13-01T10:00:00Z', '+012031-03-01T10:00:00Z'],
  ...['2031-03-01T10:00:00+25:00', '2031-03-01T10:00:00 Europe/Berlin', '1930298400', '01.03.2031 10:00'],
];

export const bookings: ApiCheck[] = [
  {
    name: 'booking-answers-with-the-record',
    why: 'The patient at the desk wants to hear when it is and with whom, and under which number it is kept.',
    hint: 'Answer 201 with the appointment (status booked, version 1), Location and ETag; GET gives the very same.',
    lesson: lesson('try-it'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const reply = await api.post(APPOINTMENTS, booking(pair, 0, 30, { reason: 'Осмотр, 検診 🩺' }));
      const { record, etag, path } = expectBooked(reply);
      const { patientId, doctorId } = pair;
      expectFields(reply, record, { patientId, doctorId, reason: 'Осмотр, 検診 🩺', version: 1 });
      expectAbsent(reply, record, 'cancellationReason');
      expect(reply.headers.location?.endsWith(path), `a Location that ends in ${path}`, reply);
      const found = await api.get(path);
      expect(sameJson(expectRecord(found, 200), record), 'exactly the record that POST gave', found);
      expect(found.headers.etag === etag, `the ETag ${etag}`, found);
      const bare = await book(api, pair, 60);
      expectAbsent(bare.reply, bare.record, 'reason');
    },
  },
  {
    name: 'answers-are-in-utc',
    why: 'Ten o’clock at the desk and ten o’clock at the server are two moments, and the patient comes to one of them.',
    hint: 'Take any offset, and answer with the same moment in UTC, ending in Z, in lists and records alike.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const zones: [minutes: number, hours: number][] = [
        [0, 2],
        [60, -8],
        [120, 14],
        [180, 0],
      ];
      for (const [minutes, hours] of zones) {
        const times = { startsAt: atOffset(minutes, hours), endsAt: atOffset(minutes + 30, hours) };
        const reply = await api.post(APPOINTMENTS, booking(pair, 0, 0, times));
        const { path } = expectBooked(reply);
        const list = await api.get(
          `${APPOINTMENTS}?doctorId=${pair.doctorId}&from=${at(minutes)}&to=${at(minutes + 1)}`,
        );
        for (const each of [reply, await api.get(path), list]) {
          const [start, end] = ['startsAt', 'endsAt'].map(
            (field) => new RegExp(`"${field}": ?"([^"]*)"`).exec(each.text)?.[1],
          );
          expect(
            start?.endsWith('Z') && sameInstant(start, times.startsAt),
            `startsAt as ${at(minutes)}`,
            each,
          );
          expect(end?.endsWith('Z') && sameInstant(end, times.endsAt), `endsAt as ${at(minutes + 30)}`, each);
        }
      }
    },
  },
  {
    name: 'unknown-patient-and-doctor-are-named',
    why: 'An appointment of nobody is found by nobody, and whoever made two mistakes wants to hear of both.',
    hint: 'Answer 422 with an error at /patientId, at /doctorId, or at both, whatever stands in the place of the id.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      for (const id of [
        nobody,
        'nobody',
        '',
        "' OR 1=1",
        '\u0000',
        'x'.repeat(2_000),
        pair.patientId.replace(/.$/, ''),
      ]) {
        const both = booking({ patientId: id, doctorId: id });
        const reply = await api.post(APPOINTMENTS, both);
        expectErrors(reply, ['/patientId', '/doctorId']);
        expectNothingOfTheDatabase(reply);
      }
      await expectEachRefused(api, [
        [booking({ ...pair, patientId: nobody }), ['/patientId']],
        [booking({ ...pair, doctorId: nobody }), ['/doctorId']],
        [booking({ patientId: pair.doctorId, doctorId: pair.patientId }), ['/patientId', '/doctorId']],
      ]);
      await expectLive(api, pair.doctorId, 0);
    },
  },
  {
    name: 'end-must-be-after-start',
    why: 'An appointment without length is in nobody’s way, so it could be booked a hundred times.',
    hint: 'Answer 422 at /endsAt when the end is before the start, or at the same moment, whatever the offsets.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await expectEachRefused(api, [
        [booking(pair, 30, 0), ['/endsAt']],
        [booking(pair, 30, 30), ['/endsAt']],
        // Later on the wall, earlier in time.
        [booking(pair, 0, 0, { startsAt: atOffset(30, 0), endsAt: atOffset(0, 5) }), ['/endsAt']],
        [booking(pair, 0, 0, { startsAt: atOffset(0, 0), endsAt: atOffset(0, 3) }), ['/endsAt']],
      ]);
      await expectLive(api, pair.doctorId, 0);
    },
  },
  {
    name: 'past-cannot-be-booked',
    why: 'A slip of the year books a time at which nobody can come any more.',
    hint: 'Answer 422 at /startsAt when the start is before now.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      for (const [start, end] of [
        [fromNow(-5), fromNow(25)],
        [fromNow(-60 * 24 * 365), fromNow(-60 * 24 * 365 + 30)],
        ['1999-12-31T23:00:00Z', '1999-12-31T23:30:00Z'],
      ])
        expectErrors(await api.post(APPOINTMENTS, booking(pair, 0, 0, { startsAt: start, endsAt: end })), [
          '/startsAt',
        ]);
      const soon = { startsAt: fromNow(20), endsAt: fromNow(50) };
      expectBooked(await api.post(APPOINTMENTS, booking(pair, 0, 0, soon)));
    },
  },
  {
    name: 'eight-hours-are-the-most',
    why: 'A slip of the date would block a doctor for a week.',
    hint: 'Answer 422 at /endsAt when it is more than 8 hours after the start; 8 hours are fine.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await expectEachRefused(api, [
        [booking(pair, 0, 481), ['/endsAt']],
        [booking(pair, 0, 60 * 24 * 7), ['/endsAt']],
        [booking(pair, 0, 0, { startsAt: at(0), endsAt: '9999-12-31T23:59:59Z' }), ['/endsAt']],
      ]);
      await book(api, pair, 0, 480);
    },
  },
  {
    name: 'instants-want-an-offset',
    why: 'A time without a zone is a guess, and a 30th of February that becomes the 2nd of March is a wrong day.',
    hint: 'Take RFC 3339 with Z or an offset alone, and dates that exist; name /startsAt and /endsAt in the 422.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      for (const text of NO_INSTANTS) {
        const times = { startsAt: text, endsAt: text };
        expectErrors(await api.post(APPOINTMENTS, booking(pair, 0, 0, times)), ['/startsAt', '/endsAt']);
      }
    },
  },
  {
    name: 'ends-of-the-calendar-do-no-harm',
    why: 'An instant of the year 9999 with an offset lies in the year 10000, for which neither RFC 3339 nor most databases have a place.',
    hint: 'Look at the year again after you have brought an instant to UTC: answer 422, or 400 in a query, and never 5xx.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const [last, after] = ['9999-12-31T20:00:00Z', '9999-12-31T23:30:00-04:00'];
      const late = { startsAt: '9999-12-31T20:00:00-08:00', endsAt: '9999-12-31T20:30:00-08:00' };
      const attempts = [booking(pair, 0, 0, late), booking(pair, 0, 0, { startsAt: last, endsAt: after })];
      for (const body of attempts) {
        const reply = await api.post(APPOINTMENTS, body);
        expectNoFailure(reply);
        if (reply.status === 201) await cancel(api, expectBooked(reply));
        else expectProblem(reply, 422);
      }
      const { path, id } = await book(api, pair);
      const moved = await api.patch(path, { startsAt: last, endsAt: after });
      expectNoFailure(moved);
      if (moved.status !== 200) expectProblem(moved, 422);
      const ends = { from: '0000-01-01T00:00:00+10:00', to: '9999-12-31T23:59:59-08:00' };
      for (const filter of [{ to: ends.to }, { from: ends.from }, ends]) {
        const reply = await api.get(
          APPOINTMENTS + query({ doctorId: pair.doctorId, status: 'booked', ...filter }),
        );
        expectNoFailure(reply);
        const found = reply.status === 200 && idsOf(expectPage(reply)).includes(id);
        expect(
          found || reply.status === 400,
          'the appointment among the items, or a refusal with 400',
          reply,
        );
      }
    },
  },
  {
    name: 'every-bad-field-of-a-booking-is-named',
    why: 'A program that books is corrected once when it hears of everything at once.',
    hint: 'Name each field that is missing, of a wrong type or unknown; id, status and version are not the client’s to give.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await expectEachRefused(api, [
        [{}, ['/patientId', '/doctorId', '/startsAt', '/endsAt']],
        [
          { patientId: 7, doctorId: null, startsAt: 1930298400, endsAt: ['x'], reason: {} },
          ['/patientId', '/doctorId', '/startsAt', '/endsAt', '/reason'],
        ],
        [
          { ...booking(pair), status: 'fulfilled', id: nobody, version: 9, room: 12, 'a/b': 1 },
          ['/status', '/id', '/version', '/room', '/a~1b'],
        ],
      ]);
      await expectLive(api, pair.doctorId, 0);
    },
  },
  {
    name: 'booking-that-is-not-json-is-refused',
    why: 'What cannot be read must not be guessed at, least of all where it takes somebody’s time.',
    hint: 'Answer 400 to what is not JSON, 422 or 400 to JSON that is no object, 415 to other types.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const whole = JSON.stringify(booking(pair));
      for (const body of ['{', '', whole.slice(0, -1), whole.replaceAll('"', "'")])
        expectProblem(await api.post(APPOINTMENTS, body, JSON_TYPE), 400);
      for (const body of ['[]', 'null', '7', `[${whole}]`])
        expectProblem(await api.post(APPOINTMENTS, body, JSON_TYPE), 422, 400);
      expectProblem(await api.post(APPOINTMENTS, whole, { 'Content-Type': 'text/plain' }), 415);
      await expectLive(api, pair.doctorId, 0);
    },
  },
  {
    name: 'odd-reasons-are-kept-or-refused',
    why: 'People paste anything into a text field, and a database has its own view of what text is.',
    hint: 'Refuse with 422 at /reason what cannot be kept, a NUL above all, and give back the rest letter by letter.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const reasons = [
        ...[
          'a\u0000b',
          '\ud83e',
          '\u202eabc',
          'e\u0301',
          '\ufeff',
          '👨‍👩‍👧‍👦',
          "'; DROP TABLE appointments; --",
        ],
        ...['<script>alert(1)</script>', 'x'.repeat(20_000), 'line\nline', '$1 %s {0} \\'],
      ];
      for (const [index, reason] of reasons.entries()) {
        const reply = await api.post(APPOINTMENTS, booking(pair, index * 30, index * 30 + 30, { reason }));
        expectNoFailure(reply);
        if (reply.status === 201) {
          const found = await api.get(expectBooked(reply).path);
          const kept = expectRecord(found, 200).reason;
          const same =
            typeof kept === 'string' && kept.normalize() === reason.toWellFormed().normalize().trim();
          expect(same || reason.trim() === '' || kept === reason, 'the reason as it was sent', found);
        } else if (reply.status !== 400 && reply.status !== 413) expectErrors(reply, ['/reason']);
      }
    },
  },
  {
    name: 'unknown-appointment-is-404',
    why: 'A wrong number must be told from an appointment that was cancelled, and from a broken server.',
    hint: 'Answer 404 with a problem to GET and PATCH, whatever stands in the place of the id.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      expectProblem(await api.get(`${APPOINTMENTS}/${nobody}`), 404);
      expectProblem(await api.patch(`${APPOINTMENTS}/${nobody}`, { status: 'arrived' }), 404);
      for (const id of [
        'nobody',
        '0',
        '__proto__',
        '%00',
        '%F0%9F%A9%BA',
        '..%2f..%2fetc',
        rareLetters().repeat(9),
      ]) {
        expectProblem(await api.get(`${APPOINTMENTS}/${id}`), 404, 400, 414, 422);
        expectProblem(await api.patch(`${APPOINTMENTS}/${id}`, { status: 'arrived' }), 404, 400, 414, 422);
      }
    },
  },
];
