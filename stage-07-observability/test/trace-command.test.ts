import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFolder } from '@medcenter/shared/testing';
import { createCli, drawTrace, type ObservedCliDeps, runCli, type Terminal } from '../src/cli/index.ts';
import { createSystemClock } from '../src/service/index.ts';
import type { StoredSpan } from '../src/observability/index.ts';
import { at, linesOf, newId, REQUEST_ID, sampleSpan, traceBooking } from './spans-support.ts';

/** The command line over a folder of spans; no other of its commands does anything here. */
async function createDesk(
  t: TestContext,
  { columns = 80, collector }: { columns?: number; collector?: string } = {},
) {
  const folder = await createFolder(t);
  const nothing = async () => assert.fail('only spans are read');
  const run = async (...argv: string[]) => {
    const said = { stdout: '', stderr: '' };
    let exitCode = 0;
    const terminal: Terminal = {
      columns,
      print(text) {
        said.stdout += `${text}\n`;
      },
      note(text) {
        said.stderr += `${text}\n`;
      },
      strong: (text) => text,
    };
    const deps: ObservedCliDeps = {
      openPatients: nothing,
      openAccounts: nothing,
      openDeadLetters: nothing,
      replay: nothing,
      readPassword: nothing,
      migrate: nothing,
      importFile: nothing,
      serveSchedules: nothing,
      clock: createSystemClock(),
      terminal,
      spans: { folder, collector },
      onRefused() {
        exitCode = 1;
      },
    };
    exitCode = (await runCli(createCli(argv, deps), terminal)) || exitCode;
    return { exitCode, ...said };
  };
  const write = (...spans: StoredSpan[]) => writeFile(join(folder, 'medcenter.jsonl'), linesOf(spans));
  return { folder, run, write };
}

const draw = (spans: readonly StoredSpan[], columns = 80) =>
  drawTrace({ traceId: spans[0]?.traceId ?? '', spans, linkedFrom: [] }, { columns, strong: (text) => text })
    .split('\n')
    .slice(2);

test('a trace is a tree over all processes, whoever wrote it', async (t) => {
  const { folder, run } = await createDesk(t);
  const traceId = await traceBooking(folder);
  const { stdout, exitCode } = await run('trace', traceId);
  assert.equal(exitCode, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines[0] ?? '', new RegExp(`^trace ${traceId}  \\S+Z  \\S+ ms  4 spans  2 processes$`));
  const tree = lines
    .slice(2, 6)
    .map((line) => line.replace(/ *\d+\.\d\d ms .*$/, '').replace(/ {2,}(?=m)/, ' | '));
  assert.deepEqual(tree, [
    'POST /api/v1/appointments | medcenter',
    '├─ SignIn.check | medcenter',
    '└─ ScheduleClient.bookSlot | medcenter',
    '   └─ ScheduleService/BookSlot | medcenter-schedule',
  ]);
  assert.match(stdout, /Linked to it are:\n {2}relay \(medcenter\), trace [0-9a-f]{32}\n$/);
  assert.equal((await run('trace', REQUEST_ID)).stdout, stdout, 'by the id of its request');
});

test('a bar shows when each span was, and the picture is as wide as the terminal', () => {
  const traceId = newId(32);
  const root = sampleSpan({ traceId, name: 'root', ms: 100 });
  const inRoot = { traceId, parentSpanId: root.spanId };
  const spans = [
    root,
    sampleSpan({ ...inRoot, name: 'first half', ms: 50 }),
    sampleSpan({ ...inRoot, name: 'second half', start: at(50), ms: 50 }),
    sampleSpan({ ...inRoot, name: 'a moment', start: at(99.999), ms: 0 }),
  ];
  const bars = draw(spans, 61).map((line) => line.slice(line.indexOf('ms  ') + 4));
  const [whole = '', first = '', second = '', moment = ''] = bars;
  assert.ok(whole.length >= 8 && whole === '█'.repeat(whole.length));
  assert.equal(first, '█'.repeat(Math.round(whole.length / 2)));
  assert.equal(
    second,
    `${' '.repeat(Math.floor(whole.length / 2))}${'█'.repeat(Math.ceil(whole.length / 2))}`,
  );
  assert.equal(moment, `${' '.repeat(whole.length - 1)}█`);
  const names = [...spans, sampleSpan({ ...inRoot, name: 'n'.repeat(200), service: 's'.repeat(90) })];
  for (const columns of [40, 61, 80, 120, 200]) {
    for (const line of draw(names, columns)) assert.ok(line.length <= columns, `${columns}: ${line}`);
  }
  assert.ok(draw(names, 20).length >= 5, 'however narrow');
});

test('an error and a refusal are marked, also where a name is too long', () => {
  const long = 'n'.repeat(200);
  const marked = (overrides: Partial<StoredSpan>) =>
    draw([sampleSpan({ name: long, ...overrides })])[0] ?? '';
  assert.match(
    marked({ status: 'error', attributes: { 'error.type': 'TypeError' } }),
    /… \[error TypeError\] {2}/,
  );
  assert.match(marked({ status: 'error' }), /… \[error\] {2}/);
  assert.match(marked({ attributes: { 'error.type': 'conflict' } }), /… \[refused conflict\] {2}/);
  assert.match(marked({ attributes: { 'http.response.status_code': 404 } }), /… \[refused 404\] {2}/);
  assert.doesNotMatch(marked({ attributes: { 'http.response.status_code': 201 } }), /\[/);
});

test('what has no known parent is a root, and a ring is drawn once', () => {
  const traceId = newId(32);
  const [one, two, own] = [newId(16), newId(16), newId(16)];
  const names = draw([
    sampleSpan({ traceId, name: 'lost', parentSpanId: newId(16) }),
    sampleSpan({ traceId, name: 'root' }),
    sampleSpan({ traceId, name: 'first', spanId: one, parentSpanId: two }),
    sampleSpan({ traceId, name: 'second', spanId: two, parentSpanId: one }),
    sampleSpan({ traceId, name: 'itself', spanId: own, parentSpanId: own }),
  ]).map((line) => line.split(/ {2,}/)[0]);
  assert.deepEqual(names, ['lost', 'root', 'first', '└─ second', 'itself']);
});

test('links are shown under the span that has them', () => {
  const [traceId, elsewhere] = [newId(32), newId(32)];
  const root = sampleSpan({ traceId, name: 'root' });
  const links = [
    { traceId, spanId: root.spanId },
    { traceId: elsewhere, spanId: newId(16) },
  ];
  const lines = draw([root, sampleSpan({ traceId, name: 'batch', parentSpanId: root.spanId, links })]);
  assert.deepEqual(lines.slice(2), ['     linked to root', `     linked to trace ${elsewhere}`]);
});

test('a tree of 20,000 spans in each other is drawn', () => {
  const traceId = newId(32);
  const ids = Array.from({ length: 20_000 }, () => newId(16));
  const spans = ids.map((spanId, n) =>
    sampleSpan({ traceId, spanId, ...(n > 0 && { parentSpanId: ids[n - 1] ?? '' }) }),
  );
  assert.equal(draw(spans).length, 20_000);
});

test('what is in a file does not steer the terminal', async (t) => {
  const { run, write } = await createDesk(t);
  const evil = '\u001b[2J\u009b';
  const span = sampleSpan({ name: evil, service: evil, attributes: { 'error.type': evil } });
  await write(span, sampleSpan({ name: evil, links: [{ traceId: span.traceId, spanId: span.spanId }] }));
  for (const argv of [
    ['trace'],
    ['trace', span.traceId],
    ['trace', span.traceId, '--json'],
    ['trace', '--json'],
  ]) {
    const { stdout, exitCode } = await run(...argv);
    assert.equal(exitCode, 0);
    assert.doesNotMatch(stdout, /(?!\n)\p{Cc}/u, argv.join(' '));
  }
});

test('without an id: the last ten, the newest first; with --json, as data', async (t) => {
  const { run, write } = await createDesk(t);
  const spans = Array.from({ length: 12 }, (_, n) => sampleSpan({ name: `GET /${n}`, start: at(n) }));
  await write(...spans);
  const { stdout, exitCode } = await run('trace');
  const [head = '', ...lines] = stdout.trimEnd().split('\n');
  assert.equal(exitCode, 0);
  assert.deepEqual(head.split(/\s+/), ['TIME', 'TRACE', 'TOOK', 'SPANS', 'NAME']);
  assert.deepEqual(
    lines.map((line) => line.split('  ').at(-1)),
    spans
      .toReversed()
      .slice(0, 10)
      .map(({ name }) => name),
  );
  for (const line of [head, ...lines]) assert.ok(line.length <= 80);
  const [, shown = ''] = lines[0]?.split(/\s+/) ?? [];
  assert.equal((await run('trace', shown)).exitCode, 0, 'what is shown of an id is enough to ask for it');
  const data = JSON.parse((await run('trace', '--json')).stdout);
  assert.deepEqual([data.length, data[0].traceId, data[0].spans], [10, spans[11]?.traceId, 1]);
});

test('--json with an id is the trace', async (t) => {
  const { folder, run } = await createDesk(t);
  const traceId = await traceBooking(folder);
  const { stdout, stderr } = await run('trace', traceId, '--json');
  const trace = JSON.parse(stdout);
  assert.deepEqual([trace.traceId, trace.spans.length, trace.linkedFrom.length, stderr], [traceId, 4, 1, '']);
});

test('what is not there, or not one, is said with exit code 1', async (t) => {
  const { folder, run, write } = await createDesk(t);
  const none = await run('trace');
  assert.deepEqual([none.exitCode, none.stdout], [1, '']);
  assert.ok(none.stderr.includes(folder));
  const span = { start: at(0) };
  await write(
    sampleSpan({ ...span, traceId: 'ab1'.padEnd(32, '0') }),
    sampleSpan({ ...span, traceId: 'ab2'.padEnd(32, '0') }),
  );
  const missing = await run('trace', 'nobody');
  assert.deepEqual([missing.exitCode, missing.stdout], [1, '']);
  assert.match(missing.stderr, /^No trace and no request with the id nobody is in .+half a second/);
  const both = await run('trace', 'ab');
  assert.equal(both.exitCode, 1);
  assert.match(both.stdout, /ab10{13}.+\n.+ab20{13}/);
  assert.equal(both.stderr, '2 traces match ab: name one by its id.\n');
  assert.equal((await run('trace', 'a', 'b')).exitCode, 2);
});

test('with a collector, it is said that new spans are there', async (t) => {
  const { run } = await createDesk(t, { collector: 'http://127.0.0.1:4318' });
  assert.match(
    (await run('trace', 'x')).stderr,
    /New spans go to http:\/\/127\.0\.0\.1:4318: look there\.\n$/,
  );
});
