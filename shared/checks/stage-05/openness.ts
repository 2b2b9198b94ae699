import { expect } from '../harness.ts';
import { operationOf, readDocument, resolve } from '../stage-02/documents.ts';
import { startAndWait } from '../stage-02/life.ts';
import { rareLetters, somebody } from '../stage-03/people.ts';
import { at, fromNow } from '../stage-03/times.ts';
import { findSecret } from '../stage-04/expectations.ts';
import { describeText } from '../text.ts';
import { APPOINTMENTS, type ApiCheck, lesson, PATIENTS, STATISTICS } from './check.ts';
import {
  booking,
  cancel,
  dateOf,
  expectBooked,
  expectFigures,
  expectNothingOfTheInside,
  expectPatient,
  hire,
  isRecord,
} from './expectations.ts';

export const openness: ApiCheck[] = [
  {
    name: 'openapi-names-the-statistics',
    why: 'Whoever builds the page with the figures begins with this document, and what is not in it does not exist for them.',
    hint: 'Name GET /api/v1/statistics with from, to and doctorId, and its answers 200, 400 and 401.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const { document, reply } = await readDocument(await desk.open());
      const operation = operationOf(document, 'get', STATISTICS);
      expect(operation, `GET ${STATISTICS} among the paths`, reply);
      const { responses, parameters } = operation;
      expect(isRecord(responses), `responses of GET ${STATISTICS}`, reply);
      for (const status of ['200', '400', '401']) {
        const answer = resolve(
          document,
          responses[status] ?? responses[`${status[0]}XX`] ?? responses.default,
        );
        expect(isRecord(answer), `${status} of GET ${STATISTICS} in the document`, reply);
      }
      const told = (Array.isArray(parameters) ? parameters : []).map((each) => resolve(document, each));
      const names = told.filter(isRecord).map(({ name }) => name);
      for (const name of ['from', 'to', 'doctorId'])
        expect(names.includes(name), `the parameter ${name} of GET ${STATISTICS}`, reply);
    },
  },
  {
    name: 'log-tells-nobody-of-events',
    why: 'An event holds a whole appointment, and whoever logs "what came in" writes it all down.',
    hint: 'Log the place of a message and what went wrong; never its value, no names and no reasons.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const [api, server] = [await desk.open(), await desk.behind()];
      const secrets = { reason: rareLetters(), lastName: rareLetters(), doctorName: rareLetters() };
      const patient = expectPatient(await api.post(PATIENTS, somebody({ lastName: secrets.lastName })), 201);
      const { id: doctorId } = await hire(api, { lastName: secrets.doctorName });
      const pair = { patientId: patient.id, doctorId };
      const far = expectBooked(
        await api.post(APPOINTMENTS, booking(pair, 0, 30, { reason: secrets.reason })),
      );
      const near = { startsAt: fromNow(120), endsAt: fromNow(150), reason: secrets.reason };
      const soon = expectBooked(await api.post(APPOINTMENTS, { ...pair, ...near }));
      await cancel(api, far);
      await expectFigures(api, doctorId, {
        [dateOf(at(0))]: [1, 1],
        [dateOf(soon.record.startsAt)]: [1, 0],
      });
      const tail = server.said().trimEnd().split('\n').slice(-12).join('\n');
      const shown = api.exchange('the log of the program', describeText('its end', tail));
      const found = findSecret(server.said(), secrets);
      expect(!found, `no ${found} in the log`, shown);
    },
  },
  {
    name: 'wrong-settings-of-events-exit-with-2',
    why: 'A broker that was mistyped is found out when the first event is missed, a month later.',
    hint: 'Read KAFKA_BROKERS and REMINDER_LEAD_HOURS before anything else: exit with 2 and one line a variable, with what it wants.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const wrong = { KAFKA_BROKERS: 'kafka://127.0.0.1', REMINDER_LEAD_HOURS: 'a day' };
      const ending = await startAndWait(desk, program, wrong);
      expect(ending.outcome.exitCode === 2, 'exit code 2', ending);
      for (const [name, value] of Object.entries(wrong)) {
        const lines = ending.lines.filter((line) => line.includes(name));
        expect(
          lines.length === 1 && lines[0]?.includes(value),
          `one line with ${name} and "${value}"`,
          ending,
        );
      }
      expectNothingOfTheInside(ending, ending.lines.join('\n'));
    },
  },
];
