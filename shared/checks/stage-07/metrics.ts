import { Agent, request } from 'node:http';
import { expect } from '../harness.ts';
import { nobody, rareLetters, somebody } from '../stage-03/people.ts';
import { at } from '../stage-03/times.ts';
import { MONDAY } from '../stage-06/calendar.ts';
import { expectStatusOf, openGrpc, timestampOf } from '../stage-06/grpc.ts';
import {
  type ApiCheck,
  APPOINTMENTS,
  DOCTORS,
  type Desk,
  lesson,
  METRICS,
  OWN,
  PATIENTS,
  SCHEDULE_AWAY,
} from './check.ts';
import {
  book,
  dateOf,
  expectFigures,
  expectRecord,
  expectStatus,
  hire,
  on,
  openPair,
  openPractice,
  register,
  slotsPath,
} from './expectations.ts';
import {
  expectRise,
  type Fits,
  isRoute,
  type Numbers,
  readNumbers,
  readUntil,
  seenOf,
  sumOf,
} from './exposition.ts';

const FAMILIES = [
  ['http_request_duration_seconds', 'histogram'],
  ['http_requests_total', 'counter'],
  ['http_request_errors_total', 'counter'],
  ['grpc_server_handling_seconds', 'histogram'],
  ['grpc_server_handled_total', 'counter'],
  ['cache_requests_total', 'counter'],
  ['outbox_pending_events', 'gauge'],
  ['kafka_consumer_lag', 'gauge'],
  ['dead_letters_total', 'counter'],
  ['process_cpu_seconds_total', 'counter'],
] as const;

const RANDOM = 500;
/** Somebody who is slow on purpose: so long lies between the two halves of a body. */
const PAUSE = 600;

const metrics = { lesson: lesson('the-contract'), wantsProgram: true } as const;

/** The series of this route, method and status. A family that has no such labels is counted as a whole. */
const of =
  (method: string, route: string, status: number): Fits =>
  (labels) =>
    (labels.method ?? method) === method &&
    (labels.status_code ?? String(status)) === String(status) &&
    (labels.route === undefined || isRoute(labels.route, route));

const simple = (text: string) => text.replaceAll('_', '').toLowerCase();

/** The series of this method that ended so, however a house writes both. */
const ofCall =
  (method: string, code: string): Fits =>
  (labels) => {
    const values = Object.values(labels).map(simple);
    return values.some((value) => value.endsWith(simple(method))) && values.includes(simple(code));
  };

const openOwn = async (desk: Desk) => ({ api: await desk.open(OWN), server: await desk.behind(OWN) });

const histogramsIn = ({ types }: Numbers) =>
  [...types].filter(([, type]) => type === 'histogram').map(([name]) => name);

/** The buckets of one series of a histogram belong together. */
function expectSound(numbers: Numbers, family: string): void {
  const ofFamily = numbers.samples.filter(({ name }) => name.startsWith(family));
  const keyOf = ({ le: _le, ...labels }: Readonly<Record<string, string>>) =>
    JSON.stringify(Object.entries(labels).toSorted());
  const shown = seenOf(numbers, family);
  for (const { labels, value: count } of ofFamily.filter(({ name }) => name === `${family}_count`)) {
    const same = ofFamily.filter((sample) => keyOf(sample.labels) === keyOf(labels));
    const buckets = same
      .filter(({ name }) => name === `${family}_bucket`)
      .map((bucket) => ({ ...bucket, le: Number((bucket.labels.le ?? '').replace('+Inf', 'Infinity')) }))
      .toSorted((one, other) => one.le - other.le);
    const which = `of ${family}${JSON.stringify(labels)}`;
    const rising = buckets.every(({ value }, n) => n === 0 || value >= Number(buckets[n - 1]?.value));
    expect(buckets.length >= 2 && rising, `buckets ${which} in which each holds the one before it`, shown);
    const last = buckets.at(-1);
    expect(last?.le === Infinity && last.value === count, `a last bucket ${which} with all ${count}`, shown);
    const sum = same.find(({ name }) => name === `${family}_sum`);
    expect(sum && sum.value >= 0, `a sum ${which}`, shown);
  }
}

/** Asks for so many addresses that nobody knows, on few connections. */
async function askAtRandom(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const ask = (path: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    request(url + path, { agent, headers }, (response) => response.resume().on('end', resolve))
      .on('error', () => resolve())
      .end();
    return promise;
  };
  const places = ['/', '/api/v1/', `${PATIENTS}/x/`, '/docs/', '/metrics/'];
  const paths = Array.from({ length: RANDOM }, (_, n) => `${places[n % places.length]}${rareLetters()}`);
  await Promise.all(paths.map(ask));
  agent.destroy();
}

const routesIn = ({ samples }: Numbers) =>
  new Set(samples.flatMap(({ labels }) => (labels.route === undefined ? [] : [labels.route])));

export const metricsChecks: ApiCheck[] = [
  {
    name: 'metrics-name-what-the-contract-names',
    why: 'Alerts and dashboards are written by these names, and one that is spelled otherwise watches nothing.',
    hint: 'Register all families at the start, each with its type: a counter that nobody has moved yet is there, too.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      const numbers = await readNumbers(api);
      for (const [name, type] of FAMILIES) {
        // OpenMetrics names a counter without its ending.
        const told = numbers.types.get(name) ?? numbers.types.get(name.replace(/_total$/, ''));
        expect(told === type, `# TYPE ${name} ${type}`, numbers.reply);
      }
      const gauges = [...numbers.types].filter(([, type]) => type === 'gauge').map(([name]) => name);
      const ofPool = gauges.filter((name) => /pool|connections/.test(name));
      expect(ofPool.length > 0, 'a gauge of the pool of connections to the database', numbers.reply);
    },
  },
  {
    name: 'metrics-can-be-scraped',
    why: 'One line that Prometheus cannot read, and it throws away the whole answer.',
    hint: 'Answer with text/plain; version=0.0.4: each family in one place, TYPE once and before its lines, no series twice, also where the numbers of two processes meet.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      await api.get(slotsPath(nobody, MONDAY));
      const { reply, faults } = await readNumbers(api);
      const type = reply.headers['content-type'] ?? '';
      expect(
        /^(text\/plain|application\/openmetrics-text)\s*;.*version=/.test(type),
        'the type text/plain; version=0.0.4',
        reply,
      );
      expect(faults.length === 0, `nothing that a scraper stumbles over, such as: ${faults[0]}`, reply);
    },
  },
  {
    name: 'metrics-and-probes-want-no-session',
    why: 'Prometheus and the load balancer have no account, and what cannot be asked is not watched.',
    hint: 'Leave GET /metrics and GET /ready open, as /health is, and let them show nobody’s data; all else wants a session as before.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      const stranger = api.as(undefined);
      for (const path of [METRICS, '/ready', '/health']) expectStatus(await stranger.get(path), 200);
      expectStatus(await stranger.get(PATIENTS), 401);
      expectStatus(await api.as('worn-out').get('/ready'), 200);
    },
  },
  {
    name: 'each-request-is-counted-once',
    why: 'Rates, errors and times are all counted from here: whoever counts twice or not at all alarms nobody, or everybody.',
    hint: 'Observe once when the answer is sent, by method, the pattern of the route and status, for refusals as well.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      const before = await readNumbers(api);
      for (let n = 0; n < 5; n++) expectStatus(await api.delete(`${PATIENTS}/${nobody}`), 404);
      for (let n = 0; n < 3; n++)
        expectStatus(await api.post(DOCTORS, '<doctor/>', { 'Content-Type': 'text/xml' }), 415);
      for (let n = 0; n < 2; n++) expectStatus(await api.as('worn-out').get(`${DOCTORS}/${nobody}`), 401);
      const counts = [
        { what: `DELETE ${PATIENTS}/:id, 404`, fits: of('DELETE', `${PATIENTS}/:`, 404), by: 5 },
        { what: `POST ${DOCTORS}, 415`, fits: of('POST', DOCTORS, 415), by: 3 },
        { what: `GET ${DOCTORS}/:id, 401`, fits: of('GET', `${DOCTORS}/:`, 401), by: 2 },
      ];
      for (const count of counts) {
        await expectRise(api, before, { name: 'http_request_duration_seconds_count', ...count });
        await expectRise(api, before, { name: 'http_requests_total', ...count, atLeast: true });
      }
    },
  },
  {
    name: 'routes-are-patterns-and-no-addresses',
    why: 'A label with an id in it is a new series for each patient, and a patient in the metrics for everybody to read.',
    hint: 'Label by the pattern that the router matched, and one fixed word where it matched none: never by the address.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      const secret = rareLetters();
      const { path, id, etag } = await register(api, { lastName: secret });
      await api.get(path);
      await api.get(`${PATIENTS}?search=${secret}`);
      await api.put(path, somebody({ lastName: secret }), { 'If-Match': etag });
      await api.get(`${DOCTORS}/${secret}`);
      await api.get(`${APPOINTMENTS}?patientId=${id}`);
      await api.get(`/${secret}`);
      await api.post(`/${secret}/${id}`, {});
      await api.delete(path);
      const numbers = await readNumbers(api);
      for (const told of [secret, id])
        expect(!numbers.reply.text.includes(told), `nothing of ${told} in the metrics`, numbers.reply);
      const routes = [...routesIn(numbers)];
      expect(
        routes.some((route) => isRoute(route, `${PATIENTS}/:`)),
        `the route ${PATIENTS}/:id`,
        seenOf(numbers, 'http_'),
      );
    },
  },
  {
    name: 'random-addresses-add-one-label',
    why: 'A scanner asks for thousands of addresses in a minute, and a series for each of them ends the memory of two programs.',
    hint: 'Give all requests that no route takes one and the same label.',
    ...metrics,
    async run(desk) {
      const server = await desk.start(await desk.createProgram());
      const api = desk.clientOf(server);
      await api.get(PATIENTS);
      await readNumbers(api); // The first look is counted, too, and by a pattern of its own.
      const before = await readNumbers(api);
      api.note(`for n in {1..${RANDOM}}; do curl -s -o /dev/null ${api.url}/nowhere-$RANDOM$RANDOM; done`);
      await askAtRandom(api.url, api.headers);
      const after = await readNumbers(api);
      const [had, has] = [routesIn(before), routesIn(after)];
      // Patterns with a place for anything may be new, too: those of a route that takes what follows.
      const added = [...has].filter((route) => !had.has(route));
      const shown = seenOf(after, 'http_requests_total');
      const isFew = added.filter((route) => !/[:*{<]/.test(route)).length <= 1 && added.length <= 6;
      expect(
        isFew,
        `one label for all that nobody knows, and not ${added.length}: ${added.slice(0, 3)}`,
        shown,
      );
      const grown = after.samples.length - before.samples.length;
      expect(grown < RANDOM / 2, `a handful of new series, and not ${grown}`, shown);
      const missed = sumOf(after, 'http_requests_total') - sumOf(before, 'http_requests_total');
      expect(missed >= RANDOM, `all ${RANDOM} counted all the same`, shown);
    },
  },
  {
    name: 'errors-are-counted',
    why: 'The first alert that anybody writes is on this number, and it must move when something is broken, and only then.',
    hint: 'Count each answer of 500 and above in http_request_errors_total, a 503 of a helper that is away as well.',
    ...metrics,
    async run(desk) {
      const api = await desk.open(SCHEDULE_AWAY);
      const { id } = await hire(api);
      const before = await readNumbers(api);
      for (let n = 0; n < 3; n++) expectStatus(await api.get(`${DOCTORS}/${id}`), 200);
      const name = 'http_request_errors_total';
      await expectRise(api, before, { name, fits: () => true, what: 'requests that went well', by: 0 });
      for (let n = 0; n < 3; n++) expectStatus(await api.get(slotsPath(id, MONDAY)), 503);
      const fits = of('GET', `${DOCTORS}/:/slots`, 503);
      await expectRise(api, before, { name, fits, what: 'three answers of 503', by: 3 });
    },
  },
  {
    name: 'buckets-add-up',
    why: 'Percentiles are guessed from buckets, and from buckets that do not add up every guess is wrong.',
    hint: 'Each bucket counts all that was no slower than its bound; the last, +Inf, is the count.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      const { doctorId } = await openPractice(api);
      for (let n = 0; n < 5; n++) await api.get(slotsPath(doctorId, MONDAY));
      const numbers = await readUntil(api, (told) => sumOf(told, 'grpc_server_handling_seconds_count') > 0);
      const families = histogramsIn(numbers);
      for (const family of ['http_request_duration_seconds', 'grpc_server_handling_seconds']) {
        expect(families.includes(family), `the histogram ${family}`, numbers.reply);
        expect(
          sumOf(numbers, `${family}_count`) > 0,
          `something counted by ${family}`,
          seenOf(numbers, family),
        );
      }
      for (const family of families) expectSound(numbers, family);
    },
  },
  {
    name: 'durations-are-in-seconds',
    why: 'A dashboard that takes milliseconds for seconds tells of answers that took a quarter of an hour.',
    hint: 'Measure from the first byte of the request to the end of its answer, and divide: the name says seconds.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      const before = await readNumbers(api);
      const head = [`PATCH ${APPOINTMENTS}/${nobody} HTTP/1.1`, `Host: ${new URL(api.url).host}`];
      const fields = {
        ...api.headers,
        'Content-Type': 'application/json',
        'Content-Length': '2',
        Connection: 'close',
      };
      const lines = [...head, ...Object.entries(fields).map((field) => field.join(': '))];
      const heard = await api.talk([`${lines.join('\r\n')}\r\n\r\n{`, { pause: PAUSE }, '}'], {
        enough: (text) => text.includes('\r\n\r\n'),
      });
      const fits: Fits = ({ method, route }) => method === 'PATCH' && isRoute(route, `${APPOINTMENTS}/:`);
      const name = 'http_request_duration_seconds';
      const count = (numbers: Numbers) =>
        sumOf(numbers, `${name}_count`, fits) - sumOf(before, `${name}_count`, fits);
      const after = await readUntil(api, (numbers) => count(numbers) > 0);
      const seconds = sumOf(after, `${name}_sum`, fits) - sumOf(before, `${name}_sum`, fits);
      const shown = { ...seenOf(after, name), sent: heard.sent };
      expect(count(after) === 1, 'one PATCH counted', shown);
      expect(seconds > 0.2 && seconds < 20, `a time of about ${PAUSE / 1000} s, and not ${seconds}`, shown);
    },
  },
  {
    name: 'cache-results-are-counted',
    why: 'A cache that nobody hits any more costs as much as a good one, and only this number tells.',
    hint: 'Count each read through the cache by its result, as X-Cache tells it: hit, miss, bypass.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      const { path } = await register(api);
      const before = await readNumbers(api);
      const told = new Map<string, number>();
      for (let n = 0; n < 6; n++) {
        const reply = await api.get(path);
        expectRecord(reply, 200);
        const result = String(reply.headers['x-cache']);
        told.set(result, (told.get(result) ?? 0) + 1);
      }
      for (const [result, by] of told) {
        const fits: Fits = (labels) => labels.result === result;
        await expectRise(api, before, {
          name: 'cache_requests_total',
          fits,
          what: result,
          by,
          atLeast: true,
        });
      }
    },
  },
  {
    name: 'calls-over-grpc-are-counted-by-their-end',
    why: 'The second door is a door as well: who counts the first one alone does not see half of what is refused.',
    hint: 'Count in the schedule service by service, method and code, refusals too, and let GET /metrics tell of both processes.',
    ...metrics,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, server } = await openOwn(desk);
      const grpc = openGrpc(stack, Number(server.settings.GRPC_PORT), api);
      const { doctorId, patientId } = await openPractice(api);
      const other = (await register(api)).id;
      const before = await readNumbers(api);
      const bookAs = (patient: string, time: string) =>
        grpc.call('BookSlot', { doctorId, patientId: patient, startsAt: timestampOf(on(MONDAY, time)) });
      expectStatusOf(await bookAs(patientId, '09:00'), 'OK');
      for (let n = 0; n < 2; n++) expectStatusOf(await bookAs(other, '09:00'), 'ALREADY_EXISTS');
      expectStatusOf(await bookAs(other, '09:10'), 'FAILED_PRECONDITION');
      const slots = { doctorId: nobody, fromDate: MONDAY, toDate: MONDAY };
      for (let n = 0; n < 3; n++) expectStatusOf(await grpc.call('GetAvailableSlots', slots), 'NOT_FOUND');
      const name = 'grpc_server_handled_total';
      const ends = [
        ['BookSlot', 'OK', 1],
        ['BookSlot', 'ALREADY_EXISTS', 2],
        ['BookSlot', 'FAILED_PRECONDITION', 1],
        ['GetAvailableSlots', 'NOT_FOUND', 3],
      ] as const;
      for (const [method, code, by] of ends) {
        const count = { name, fits: ofCall(method, code), what: `${method} with ${code}`, by };
        await expectRise(api, before, { ...count, atLeast: code !== 'ALREADY_EXISTS' });
      }
      const fits: Fits = (labels) => Object.values(labels).some((value) => value.endsWith('BookSlot'));
      const timings = {
        name: 'grpc_server_handling_seconds_count',
        fits,
        what: 'BookSlot',
        by: 4,
        atLeast: true,
      };
      await expectRise(api, before, timings);
    },
  },
  {
    name: 'lag-comes-back-to-zero',
    why: 'Who is woken because the lag grows must see it shrink, and a number that never comes down is switched off.',
    hint: 'Ask for the end of each topic and the place of each group at each scrape, or shortly before: what is consumed is no lag.',
    ...metrics,
    async run(desk) {
      const { api } = await openOwn(desk);
      const pair = await openPair(api);
      const figures: Record<string, [number, number]> = {};
      for (let n = 0; n < 5; n++) {
        await book(api, pair, n * 60);
        const date = dateOf(at(n * 60));
        figures[date] = [(figures[date]?.[0] ?? 0) + 1, 0];
      }
      await expectFigures(api, pair.doctorId, figures);
      const lags = ({ samples }: Numbers) => samples.filter(({ name }) => name === 'kafka_consumer_lag');
      const isIdle = (numbers: Numbers) =>
        sumOf(numbers, 'outbox_pending_events') === 0 && lags(numbers).every(({ value }) => value === 0);
      const numbers = await readUntil(api, (told) => isIdle(told) && lags(told).length > 0, 15_000);
      const shown = seenOf(numbers, 'kafka_consumer_lag');
      const known = lags(numbers).filter(
        ({ labels }) => labels.group && labels.topic?.endsWith('appointments.created'),
      );
      expect(known.length > 0, 'kafka_consumer_lag{topic,group} of appointments.created', shown);
      expect(
        lags(numbers).every(({ value }) => value === 0),
        'a lag of 0 once all is consumed',
        shown,
      );
      const waiting = sumOf(numbers, 'outbox_pending_events');
      expect(waiting === 0, 'outbox_pending_events 0', seenOf(numbers, 'outbox_pending_events'));
    },
  },
  {
    name: 'dead-letters-are-counted',
    why: 'What was put aside is what somebody has to look at, and nobody looks where no number moves.',
    hint: 'Count each event that is put aside in dead_letters_total.',
    ...metrics,
    wantsKafka: true,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      const topics = await desk.topicsOf(server.program, api, OWN);
      const before = await readNumbers(api);
      await topics.tell({ topic: 'appointments.created', key: `poison-${rareLetters()}`, value: '{' });
      const name = 'dead_letters_total';
      const moved = (numbers: Numbers) => sumOf(numbers, name) > sumOf(before, name);
      const after = await readUntil(api, moved, 15_000);
      expect(moved(after), 'dead_letters_total risen', seenOf(after, name));
    },
  },
];
