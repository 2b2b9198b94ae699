import { expect } from '../harness.ts';
import { lists } from '../stage-02/cors.ts';
import { examplesOf, operationOf, readDocument, resolve } from '../stage-02/documents.ts';
import { expectLine, quiet, seen, sendWithId } from '../stage-02/log.ts';
import type { Call } from '../story.ts';
import { APPOINTMENTS, type ApiCheck, DOCTORS, lesson } from './check.ts';
import {
  booking,
  bookingCall,
  expectBooked,
  expectRecord,
  hire,
  isRecord,
  openPair,
} from './expectations.ts';
import { doctor, rareLetters } from './people.ts';

const ROUTES = [
  ['get', DOCTORS, ['200']],
  ['post', DOCTORS, ['201', '422']],
  ['get', `${DOCTORS}/{}`, ['200', '404']],
  ['put', `${DOCTORS}/{}`, ['200', '404', '412', '422']],
  ['delete', `${DOCTORS}/{}`, ['204', '404', '409', '412']],
  ['get', APPOINTMENTS, ['200', '400']],
  ['post', APPOINTMENTS, ['201', '409', '422']],
  ['get', `${APPOINTMENTS}/{}`, ['200', '404']],
  ['patch', `${APPOINTMENTS}/{}`, ['200', '404', '409', '412', '422']],
] as const;

export const openness: ApiCheck[] = [
  {
    name: 'openapi-names-doctors-and-appointments',
    why: 'Whoever builds the page for booking begins with this document, and what is not in it does not exist for them.',
    hint: 'Name the nine routes of this stage with their answers, 409 and 412 among them, and the Idempotency-Key.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const { document, reply } = await readDocument(await desk.open());
      for (const [method, route, statuses] of ROUTES) {
        const shown = `${method.toUpperCase()} ${route.replace('{}', '{id}')}`;
        const operation = operationOf(document, method, route);
        expect(operation, `${shown} among the paths`, reply);
        const { responses } = operation;
        expect(isRecord(responses), `responses of ${shown}`, reply);
        for (const status of statuses) {
          const answer = resolve(
            document,
            responses[status] ?? responses[`${status[0]}XX`] ?? responses.default,
          );
          expect(isRecord(answer), `${status} of ${shown} in the document`, reply);
          const isProblem = isRecord(answer.content) && 'application/problem+json' in answer.content;
          expect(
            Number(status) < 400 || isProblem,
            `${status} of ${shown} as application/problem+json`,
            reply,
          );
        }
      }
      const told = JSON.stringify(operationOf(document, 'post', APPOINTMENTS));
      expect(/idempotency-key/i.test(told), `Idempotency-Key at POST ${APPOINTMENTS}`, reply);
    },
  },
  {
    name: 'preflight-lets-a-page-book-and-move',
    why: 'Before a page may send PATCH or an Idempotency-Key the browser asks, and takes silence for a no.',
    hint: 'To a named origin allow PATCH among the methods, and idempotency-key beside content-type and if-match.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open(quiet);
      const [Origin = ''] = quiet.CORS_ORIGINS.split(',');
      const asked = 'content-type,idempotency-key,if-match';
      for (const method of ['PATCH', 'POST']) {
        const headers = {
          ...{ Origin, 'Access-Control-Request-Method': method },
          'Access-Control-Request-Headers': asked,
        };
        const reply = await api.send({
          method: 'OPTIONS',
          path: `${APPOINTMENTS}${method === 'POST' ? '' : '/x'}`,
          headers,
        });
        expect(reply.status === 204 || reply.status === 200, 'status 204 or 200', reply);
        expect(
          reply.headers['access-control-allow-origin'] === Origin,
          `the origin ${Origin} allowed`,
          reply,
        );
        for (const name of asked.split(','))
          expect(
            lists(reply, 'access-control-allow-headers', name),
            `${name} among the allowed headers`,
            reply,
          );
        const allowed = method === 'POST' || lists(reply, 'access-control-allow-methods', method);
        expect(allowed, `${method} in Access-Control-Allow-Methods`, reply);
      }
    },
  },
  {
    name: 'openapi-examples-of-this-stage-are-true',
    why: 'Everybody begins by sending the example, and one that is refused teaches them not to read on.',
    hint: 'Show a doctor and an appointment that your own server takes, once the ids in it are real.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const { document } = await readDocument(api);
      for (const example of examplesOf(document, operationOf(document, 'post', DOCTORS) ?? {}))
        expectRecord(await api.post(DOCTORS, example), 201);
      for (const example of examplesOf(document, operationOf(document, 'put', `${DOCTORS}/{}`) ?? {}))
        expectRecord(await api.put((await hire(api)).path, example), 200);
      for (const example of examplesOf(document, operationOf(document, 'post', APPOINTMENTS) ?? {})) {
        const { patientId, doctorId } = await openPair(api);
        expectBooked(await api.post(APPOINTMENTS, { ...example, patientId, doctorId }));
      }
    },
  },
  {
    name: 'log-tells-nothing-of-appointments',
    why: 'Who sees which doctor and why is the most private thing that this system knows.',
    hint: 'Log patterns of routes and statuses: no names, no reasons, no keys, no query values, also not when a booking is refused.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const [api, server] = [await desk.open(), await desk.behind()];
      const secrets = {
        reason: rareLetters(),
        cancellationReason: rareLetters(),
        key: rareLetters(),
        doctorName: rareLetters(),
        specialty: rareLetters(),
        query: rareLetters(),
      };
      const { reason, cancellationReason, key, doctorName, specialty, query } = secrets;
      const pair = await openPair(api);
      const headers = { 'Idempotency-Key': key };
      const { path, id } = expectBooked(await api.post(APPOINTMENTS, booking(pair, 0, 30, { reason })));
      const kept = { ...secrets, patientId: pair.patientId, appointmentId: id };
      const calls: Call[] = [
        { method: 'POST', path: DOCTORS, body: doctor({ lastName: doctorName, specialty }) },
        { method: 'POST', path: DOCTORS, body: doctor({ lastName: doctorName, nick: specialty }) },
        { method: 'GET', path: `${DOCTORS}?search=${doctorName}` },
        bookingCall(booking(pair, 60, 90, { reason }), headers),
        bookingCall(booking(pair, 61, 90, { reason }), headers),
        bookingCall(booking(pair, 60, 90, { reason })),
        bookingCall(booking(pair, 200, 100, { reason, nick: query })),
        { method: 'GET', path: `${APPOINTMENTS}?patientId=${pair.patientId}&from=${query}` },
        { method: 'GET', path: `${APPOINTMENTS}?doctorId=${query}&status=${query}` },
        { method: 'GET', path },
        { method: 'PATCH', path, body: { status: 'cancelled', cancellationReason } },
        { method: 'PATCH', path, body: { status: 'cancelled', cancellationReason } },
        { method: 'DELETE', path: pair.patient.path },
      ];
      for (const call of calls) {
        const { reply, requestId } = await sendWithId(api, call);
        await expectLine(api, server, reply, requestId);
        const told = Object.entries(kept).find(([, secret]) => server.said().includes(secret));
        expect(!told, `no ${told?.[0]} in the log, and not "${told?.[1]}"`, seen(api, server, reply));
      }
    },
  },
];
