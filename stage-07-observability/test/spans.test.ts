import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram } from '@medcenter/shared/testing';
import {
  createSpanExporter,
  findTraces,
  lastTraces,
  openSpanFile,
  openTracing,
  readTrace,
  type SpanFileOptions,
} from '../src/observability/index.ts';
import { at, linesOf, newId, REQUEST_ID, sampleSpan, traceBooking } from './spans-support.ts';

const WRITER = fileURLToPath(new URL('./fixtures/span-writer.ts', import.meta.url));

function openSpans(folder: string, options: SpanFileOptions = {}) {
  const exporter = openSpanFile(folder, 'medcenter', options);
  const open = () => openTracing({ service: 'medcenter', ratio: 1, exporter });
  return {
    /** A batch of one span. */
    async write(name: string) {
      const tracing = open();
      tracing.span(name, {}, () => {});
      await tracing.close();
    },
  };
}

const linesIn = async (file: string) => (await readFile(file, 'utf8')).trimEnd().split('\n');

test('a span is a line of JSON, with its place, its time and its links', async (t) => {
  const folder = await createFolder(t);
  const exporter = openSpanFile(folder, 'medcenter');
  const tracing = openTracing({ service: 'medcenter', ratio: 1, exporter });
  const other = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
  const before = new Date().toISOString();
  tracing.span('outer', { kind: 'server', attributes: { n: 1 } }, () =>
    tracing.span('inner', { links: [other] }, (span) => span.fail(new TypeError('Jane Roe'))),
  );
  await tracing.close();
  const [inner, outer] = (await linesIn(join(folder, 'medcenter.jsonl'))).map((line) => JSON.parse(line));
  assert.match(outer.start, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(outer.start >= before.slice(0, -1) && outer.ms > 0 && outer.ms < 5_000);
  assert.deepEqual(
    { ...outer, traceId: '', spanId: '', start: '', ms: 0 },
    {
      traceId: '',
      spanId: '',
      name: 'outer',
      kind: 'server',
      service: 'medcenter',
      start: '',
      ms: 0,
      status: 'unset',
      attributes: { n: 1 },
      links: [],
    },
  );
  assert.deepEqual([inner.traceId, inner.parentSpanId], [outer.traceId, outer.spanId]);
  assert.deepEqual([inner.status, inner.attributes], ['error', { 'error.type': 'TypeError' }]);
  assert.deepEqual(inner.links, [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }]);
});

test('the files are for their owner alone', { skip: process.platform === 'win32' }, async (t) => {
  const folder = join(await createFolder(t), 'a', 'b');
  await openSpans(folder).write('x');
  assert.equal((await stat(join(folder, 'medcenter.jsonl'))).mode & 0o077, 0);
  assert.equal((await stat(folder)).mode & 0o077, 0);
});

test('four processes write into one file, and no line is broken', async (t) => {
  const cwd = await createFolder(t);
  const runs = Array.from({ length: 4 }, () => runProgram(t, WRITER, [cwd, '500'], { cwd }));
  for (const { exitCode, stderr } of await Promise.all(runs)) assert.deepEqual([exitCode, stderr], [0, '']);
  const names = (await linesIn(join(cwd, 'medcenter.jsonl'))).map((line) => JSON.parse(line).name);
  assert.equal(names.length, 4 * 500);
});

test('a file that is full is put aside, and the one before that is dropped', async (t) => {
  const folder = await createFolder(t);
  const spans = openSpans(folder, { maxBytes: 700 }); // Two lines, and no third.
  for (const name of ['one', 'two', 'three', 'four', 'five', 'six', 'seven']) await spans.write(name);
  const namesIn = async (file: string) =>
    (await linesIn(join(folder, file))).map((line) => JSON.parse(line).name);
  assert.deepEqual((await readdir(folder)).sort(), ['medcenter.1.jsonl', 'medcenter.jsonl']);
  const [older, newer] = [await namesIn('medcenter.1.jsonl'), await namesIn('medcenter.jsonl')];
  assert.equal(newer.at(-1), 'seven');
  assert.ok(older.length + newer.length < 7 && older.length > 0);
  for (const file of ['medcenter.1.jsonl', 'medcenter.jsonl']) {
    assert.ok((await stat(join(folder, file))).size <= 700, file);
  }
  const known = await lastTraces(folder);
  assert.equal(known.length, older.length + newer.length, 'both files are read');
});

test('where no file can be, spans are lost, which is said once, and once more when it is over', async (t) => {
  const folder = join(await createFolder(t), 'spans');
  await writeFile(folder, 'no folder');
  const told: unknown[] = [];
  const spans = openSpans(folder, { onChange: (error) => told.push((error as { code?: string })?.code) });
  for (const name of ['one', 'two', 'three']) await spans.write(name);
  assert.deepEqual(told, ['EEXIST']);
  await rm(folder);
  for (const name of ['four', 'five']) await spans.write(name);
  assert.deepEqual(told, ['EEXIST', undefined]);
  assert.deepEqual((await lastTraces(folder)).map(({ name }) => name).sort(), ['five', 'four']);
});

test('a disk that is full hurts nobody', { skip: process.platform !== 'linux' }, async (t) => {
  const folder = await createFolder(t);
  await symlink('/dev/full', join(folder, 'medcenter.jsonl'));
  const told: unknown[] = [];
  const spans = openSpans(folder, { onChange: (error) => told.push((error as { code?: string })?.code) });
  for (const name of ['one', 'two']) await spans.write(name);
  assert.deepEqual(told, ['ENOSPC']);
});

test('after a write that failed, a new line begins: half a line may be there', async (t) => {
  const folder = await createFolder(t);
  const file = join(folder, 'medcenter.jsonl');
  await mkdir(file); // No file to write to.
  const spans = openSpans(folder);
  await spans.write('lost');
  await rm(file, { recursive: true });
  await writeFile(file, '{"traceId":"12');
  await spans.write('kept');
  assert.deepEqual(
    (await lastTraces(folder)).map(({ name }) => name),
    ['kept'],
  );
});

test('half a line, and what is no span, is passed over', async (t) => {
  const folder = await createFolder(t);
  const good = sampleSpan({ name: 'good' });
  const bad = [
    'no JSON',
    'null',
    '[]',
    JSON.stringify({ ...good, traceId: 7 }),
    JSON.stringify({ ...good, start: 'soon' }),
    JSON.stringify({ ...good, links: [null] }),
    JSON.stringify({ ...good, attributes: null }),
    JSON.stringify(good).slice(0, 100),
  ];
  await writeFile(join(folder, 'medcenter.jsonl'), `${bad.join('\n')}\n${linesOf([good])}{"traceId":"`);
  await mkdir(join(folder, 'sub'));
  await writeFile(join(folder, 'notes.txt'), linesOf([sampleSpan()]));
  assert.deepEqual(
    (await lastTraces(folder)).map(({ name, spans }) => [name, spans]),
    [['good', 1]],
  );
});

test('a trace is found by its id, by the beginning of it, and by the id of its request', async (t) => {
  const folder = await createFolder(t);
  const traceId = await traceBooking(folder);
  for (const wanted of [traceId, traceId.slice(0, 9), traceId.toUpperCase(), REQUEST_ID]) {
    assert.deepEqual(
      (await findTraces(folder, wanted)).map((found) => found.traceId),
      [traceId],
      wanted,
    );
  }
  for (const wanted of ['f'.repeat(32), REQUEST_ID.slice(0, -1), 'medcenter', `${traceId}0`, '']) {
    assert.deepEqual(await findTraces(folder, wanted), [], wanted);
  }
  const { spans, linkedFrom } = await readTrace(folder, traceId);
  const names = ['POST /api/v1/appointments', 'SignIn.check', 'ScheduleClient.bookSlot'];
  assert.deepEqual(spans.map(({ name }) => name).sort(), [...names, 'ScheduleService/BookSlot'].sort());
  assert.deepEqual(
    linkedFrom.map(({ name }) => name),
    ['relay'],
  );
});

test('what several traces begin with, or one request id had, finds them all, the newest first', async (t) => {
  const folder = await createFolder(t);
  const attributes = { 'medcenter.request_id': 'twice' };
  const ids = [1, 2, 3].map((n) => `abc${n}`.padEnd(32, '0'));
  const spans = ids.map((traceId, n) =>
    sampleSpan({ traceId, attributes: n < 2 ? attributes : {}, start: at(n) }),
  );
  await writeFile(join(folder, 'medcenter.jsonl'), linesOf(spans));
  const idsOf = async (wanted: string) => (await findTraces(folder, wanted)).map(({ traceId }) => traceId);
  assert.deepEqual(await idsOf('abc'), ids.toReversed());
  assert.deepEqual(await idsOf('twice'), [ids[1], ids[0]]);
  assert.deepEqual(await idsOf('abc2'), [ids[1]]);
});

test('a list of traces has the name and the time of the root, whatever was written first', async (t) => {
  const folder = await createFolder(t);
  const traceId = newId(32);
  const root = sampleSpan({ traceId, name: 'root', start: at(5), ms: 20, service: 'a' });
  const child = sampleSpan({ traceId, parentSpanId: root.spanId, name: 'child', start: at(4), ms: 9 });
  const stray = sampleSpan({ parentSpanId: newId(16), name: 'stray', start: at(1) });
  await writeFile(join(folder, 'medcenter.jsonl'), linesOf([child, root, stray]));
  assert.deepEqual(await lastTraces(folder), [
    { traceId, start: at(5), name: 'root', service: 'a', ms: 20, spans: 2 },
    { traceId: stray.traceId, start: at(1), name: 'stray', service: 'medcenter', ms: 1, spans: 1 },
  ]);
});

/** Takes spans as OpenTelemetry's collector does; answers what it was sent. */
async function startCollector(t: TestContext, port = 0) {
  const got: { url: string | undefined; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    got.push({ url: request.url, body });
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  t.after(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { got, url, close };
}

test('with a collector, the spans go there, and no file is made', async (t) => {
  const folder = await createFolder(t);
  for (const end of ['', '/', '/otlp/']) {
    const { got, url } = await startCollector(t);
    const config = { SPANS_FOLDER: folder, OTEL_EXPORTER_OTLP_ENDPOINT: `${url}${end}` };
    const exporter = await createSpanExporter(config, 'medcenter');
    const tracing = openTracing({ service: 'medcenter', ratio: 1, exporter });
    tracing.span('one', {}, () => {});
    await tracing.close();
    assert.deepEqual(
      got.map((each) => each.url),
      [`${end.replace(/\/$/, '')}/v1/traces`],
    );
    const [{ resource, scopeSpans }] = JSON.parse(got[0]?.body ?? '').resourceSpans;
    assert.deepEqual(
      scopeSpans[0].spans.map(({ name }: { name: string }) => name),
      ['one'],
    );
    assert.match(JSON.stringify(resource), /"service.name","value":\{"stringValue":"medcenter"/);
  }
  assert.deepEqual(await readdir(folder), []);
});

test('without one, they go into a file, and the program for a collector is not loaded', async (t) => {
  const cwd = await createFolder(t);
  const { stdout, stderr } = await runProgram(t, WRITER, [cwd, '1', 'loaded'], { cwd });
  assert.deepEqual([stdout, stderr], ['otlp: false\n', '']);
  assert.equal((await linesIn(join(cwd, 'medcenter.jsonl'))).length, 1);
});

test('a collector that is away costs the spans, soon, and is told of once', async (t) => {
  const { url, close } = await startCollector(t);
  close();
  const told: unknown[] = [];
  const config = { SPANS_FOLDER: '', OTEL_EXPORTER_OTLP_ENDPOINT: url };
  const exporter = await createSpanExporter(config, 'medcenter', { onChange: (error) => told.push(error) });
  const tracing = openTracing({ service: 'medcenter', ratio: 1, exporter });
  for (let n = 0; n < 5_000; n++) tracing.span('x', {}, () => {});
  const begun = performance.now();
  await tracing.close();
  assert.ok(performance.now() - begun < 4_000, 'the end of the program is held for 2 s at the most');
  assert.equal(told.length, 1);
  assert.ok(told[0]);
});
