import { expect } from '../harness.ts';
import { expectLine, seen, sendWithId } from '../stage-02/log.ts';
import { doctor, rareLetters, somebody } from '../stage-03/people.ts';
import { newPassword } from '../stage-04/accounts.ts';
import { MONDAY } from '../stage-06/calendar.ts';
import { LOGIN } from '../sign-in.ts';
import type { Call } from '../story.ts';
import {
  type ApiCheck,
  APPOINTMENTS,
  CONNECT,
  DOCTORS,
  type Desk,
  lesson,
  METRICS,
  OWN,
  PATIENTS,
} from './check.ts';
import {
  booking,
  bookingCall,
  expectBooked,
  findSecret,
  isRecord,
  jsonLines,
  openPair,
  openPractice,
  parse,
  schedulePath,
  sendTraced,
  slotsPath,
} from './expectations.ts';

const logs = { lesson: lesson('the-contract'), wantsProgram: true } as const;

/** All is told there that is ever told. */
const TALKATIVE = { LOG_LEVEL: 'debug' } as const;

/** RFC 3339. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const openOwn = async (desk: Desk) => ({ api: await desk.open(OWN), server: await desk.behind(OWN) });

/** What nobody may read in a log, nor in a refusal, each by what it is. */
function newSecrets() {
  return {
    lastName: rareLetters(),
    firstName: rareLetters(),
    doctorName: rareLetters(),
    phone: `+1202555${String(Date.now() % 1e7).padStart(7, '0')}`,
    reason: rareLetters(),
    cancellationReason: rareLetters(),
    search: rareLetters(),
    badDate: rareLetters(),
    key: rareLetters(),
    password: newPassword(),
    typedAsName: newPassword(),
    token: rareLetters(),
    baggage: rareLetters(),
    /** Refusals may say what was asked for by its address: that nobody has this id. */
    address: rareLetters(),
  };
}

type Secrets = ReturnType<typeof newSecrets>;

/** Good requests and refused ones, of all kinds, with a secret in each. */
function callsWith(secrets: Secrets, pair: { patientId: string; doctorId: string }): Call[] {
  const { lastName, firstName, doctorName, phone, search, reason, badDate, key, password } = secrets;
  const person = somebody({ lastName, firstName, phone });
  const login = (body: Call['body']): Call => ({ method: 'POST', path: LOGIN, body });
  const Authorization = `Bearer ${secrets.token}`;
  return [
    { method: 'POST', path: PATIENTS, body: person },
    { method: 'POST', path: PATIENTS, body: { ...person, birthDate: badDate, sex: lastName } },
    { method: 'POST', path: PATIENTS, body: { ...person, lastName: `${lastName}7` } },
    { method: 'POST', path: PATIENTS, body: `{"lastName":"${lastName}","phone":"${phone}"` },
    { method: 'POST', path: PATIENTS, body: person, headers: { 'Content-Type': `text/${lastName}` } },
    { method: 'GET', path: `${PATIENTS}?search=${search}` },
    { method: 'GET', path: `${PATIENTS}?limit=${search}` },
    { method: 'GET', path: `${PATIENTS}/${secrets.address}` },
    { method: 'GET', path: `/nowhere/${secrets.address}?search=${search}` },
    {
      method: 'PUT',
      path: `${PATIENTS}/${pair.patientId}`,
      body: person,
      headers: { 'If-Match': `"${key}"` },
    },
    { method: 'POST', path: DOCTORS, body: doctor({ lastName: doctorName }) },
    { method: 'PUT', path: schedulePath(pair.doctorId), body: { timeZone: badDate, weekly: lastName } },
    { method: 'GET', path: slotsPath(pair.doctorId, badDate) },
    bookingCall(booking(pair, 0, 30, { reason }), { 'Idempotency-Key': key }),
    bookingCall(booking(pair, 0, 30, { reason })),
    bookingCall(booking(pair, 60, 30, { reason, startsAt: badDate })),
    { method: 'GET', path: `${APPOINTMENTS}?patientId=${pair.patientId}&from=${badDate}` },
    login({ username: secrets.typedAsName, password }),
    login({ username: 'admin', password: [password] }),
    { method: 'GET', path: PATIENTS, headers: { Authorization } },
    { method: 'GET', path: PATIENTS, headers: { 'X-Request-Id': `${lastName} ${firstName}` } },
    { method: 'POST', path: `${CONNECT}/GetAvailableSlots`, body: { doctorId: lastName, fromDate: badDate } },
    ...['traceparent', 'tracestate', 'baggage'].map((name): Call => {
      return { method: 'GET', path: '/health', headers: { [name]: `patient=${secrets.baggage}` } };
    }),
  ];
}

export const logChecks: ApiCheck[] = [
  {
    name: 'log-is-one-json-object-a-line',
    why: 'What collects logs reads them line by line, and one stack over twenty lines is twenty lines of nothing.',
    hint: 'Write all that is logged once the server runs as one JSON object a line: time, level, message, service; a stack is a field of it.',
    ...logs,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      const begin = server.child.said();
      const { doctorId } = await openPractice(api);
      const calls: Call[] = [
        { method: 'GET', path: slotsPath(doctorId, MONDAY) },
        { method: 'GET', path: `${PATIENTS}/%zz` },
        { method: 'POST', path: PATIENTS, body: '{' },
      ];
      for (const call of calls) await api.send(call);
      const { reply } = await sendTraced(api, server, { method: 'GET', path: '/health' });
      const now = server.child.said();
      const lines = (['stdout', 'stderr'] as const).flatMap((way) =>
        now[way]
          .slice(begin[way].length)
          .split('\n')
          // A banner of the start may come late, and the last line may not be whole yet.
          .slice(1, -1),
      );
      const shown = seen(api, server, reply);
      expect(lines.length >= calls.length, 'a line for each request', shown);
      for (const text of lines) {
        const line = parse(text);
        expect(isRecord(line), `a JSON object, and not: ${text.slice(0, 200)}`, shown);
        const { time, level, message, service } = line;
        expect(typeof time === 'string' && INSTANT.test(time), `time in RFC 3339, in ${text}`, shown);
        for (const [name, value] of Object.entries({ level, message, service }))
          expect(typeof value === 'string' && value !== '', `a ${name} in ${text}`, shown);
      }
    },
  },
  {
    name: 'lines-of-requests-carry-trace-span-and-request',
    why: 'Of ten thousand lines a minute one wants the six of this request, and an id that is missing in one of them hides it.',
    hint: 'Keep the ids in the context of the request and let the logger add them: trace_id, span_id, request_id, for refusals too.',
    ...logs,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      const calls: Call[] = [
        { method: 'GET', path: `${PATIENTS}?limit=1` },
        { method: 'GET', path: `${PATIENTS}/nobody` },
        { method: 'GET', path: PATIENTS, headers: { Authorization: 'Bearer worn-out' } },
        { method: 'POST', path: PATIENTS, body: '{' },
        { method: 'POST', path: PATIENTS, body: {} },
        { method: 'GET', path: '/nowhere' },
      ];
      const traces = new Set<string>();
      for (const call of calls) traces.add((await sendTraced(api, server, call)).traceId);
      const shown = api.exchange(
        `${calls.length} requests, none of which brings a trace`,
        [...traces].join('\n'),
      );
      expect(traces.size === calls.length, 'a trace of its own for each', shown);
    },
  },
  {
    name: 'log-and-refusals-tell-nobody',
    why: 'Logs go to many hands and refusals into screenshots, and neither may say who is ill, or how to get in.',
    hint: 'Log by a list of what is allowed, also at the level debug; in refusals name the field and what it wants, never what it held.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const [api, server] = [await desk.open(TALKATIVE), await desk.behind(TALKATIVE)];
      const secrets = newSecrets();
      const pair = await openPair(api);
      const kept = { ...secrets, session: String(api.headers.Authorization).replace('Bearer ', '') };
      const { address: _address, ...keptFromAnswers } = kept;
      let path = '';
      for (const call of callsWith(secrets, pair)) {
        const { reply } =
          call.headers?.['X-Request-Id'] === undefined
            ? await sendWithId(api, call)
            : { reply: await api.send(call) };
        if (call.path === APPOINTMENTS && reply.status === 201) ({ path } = expectBooked(reply));
        const told = reply.status < 400 ? undefined : findSecret(reply.text, keptFromAnswers);
        expect(!told, `no ${told} in a refusal`, reply);
      }
      const cancelling = { status: 'cancelled', cancellationReason: secrets.cancellationReason };
      for (const body of [cancelling, cancelling]) await api.patch(path, body);
      const { reply, requestId } = await sendWithId(api, { method: 'GET', path: METRICS });
      await expectLine(api, server, reply, requestId);
      expect(!findSecret(reply.text, kept), `no ${findSecret(reply.text, kept)} in the metrics`, reply);
      const told = findSecret(server.said(), kept);
      expect(!told, `no ${told} in the log`, seen(api, server, reply));
      expect(
        jsonLines(server.said()).length > 20,
        'a log with these requests in it',
        seen(api, server, reply),
      );
    },
  },
];
