import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import { needsKafka } from '@medcenter/shared/testing/kafka';
import { missingPrograms } from '../lessons/programs.ts';
import { listStages, ROOT } from '../stages.ts';
import { tour } from './stage-01.ts';
import { tour as tourOfHttp } from './stage-02.ts';
import { tour as tourOfSql } from './stage-03.ts';
import { tour as tourOfRedis } from './stage-04.ts';
import { tour as tourOfEvents } from './stage-05.ts';
import { tour as tourOfSchedules } from './stage-06.ts';
import { tour as tourOfTraces } from './stage-07.ts';
import type { Tour } from './tour.ts';
import { listTours } from './tours.ts';

const RUN = join(ROOT, 'shared', 'run.mjs');
const timeoutMs = 120_000;

/** On CI a tour is never left out: there a program that is missing is an error. */
function skipOf({ needs = [] }: Tour): string | false {
  const missing = missingPrograms(needs);
  return missing.length > 0 && !process.env.CI && `NOT RUN: this machine has no ${missing.join(', ')}`;
}

/** What the answers of the tour hold, of those whose text begins so. */
function answersIn(stdout: string, beginning: string) {
  return stdout.split('\n').flatMap((line) => (line.startsWith(beginning) ? [JSON.parse(line)] : []));
}

/** The folder that a tour says it works in. */
function folderOf(text: string): string {
  return /(\S*medcenter-\w{6}),/.exec(text)?.[1] ?? '';
}

describe('the tour of stage 1', () => {
  test('shows all that it promises, and goes straight through where nobody presses keys', async (t) => {
    const cwd = await createFolder(t);
    const { stdout, stderr, exitCode } = await runProgram(t, RUN, ['demo', '1'], { cwd, timeoutMs });
    assert.deepEqual([exitCode, stderr], [0, ''], stdout);
    const shown = stdout.replaceAll(/\s+/g, ' ');
    for (const { say } of tour.steps) assert.ok(shown.includes(say.slice(0, 40)), say);
    for (const line of tour.shown) assert.ok(shown.includes(line), line);
    for (const name of ['Okafor Adaeze', '山田 太郎', 'Иванова Мария Петровна', 'Álvarez José'])
      assert.match(stdout, new RegExp(`^\\S{36} .* ${name}$`, 'm'));
    assert.match(stdout, /^4 patients\.$/m);
    assert.match(stdout, /^1 patient\.$/m);
    for (const flag of ['last-name', 'first-name', 'birth-date', 'sex', 'phone'])
      assert.match(stdout, new RegExp(`^ {2}--${flag} `, 'm'));
    assert.match(stdout, /^Version {2}2, of /m);
    assert.match(stdout, /^naive: kills \d+; patients added (\d+); lost \1$/m);
    assert.match(stdout, /^careful: kills 10; patients added \d+; lost none$/m);
    assert.match(stdout, /^careful: patients added 100; in the file 100$/m);
    assert.equal(stdout.match(/is damaged: it is not whole JSON/g)?.length, 2);
  });

  test('has no escape codes in a pipe, touches nothing where it was called, and takes its folder away', async (t) => {
    const cwd = await createFolder(t);
    const child = startProgram(t, RUN, ['demo', '1'], { cwd, timeoutMs });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    while (!text.includes('Registered.')) await once(child.stdout ?? child, 'data');
    const folder = folderOf(text);
    assert.ok(existsSync(join(folder, 'patients.json')), text);
    // As Ctrl-C does while a command runs.
    child.kill('SIGINT');
    const [exitCode] = await once(child, 'close');
    assert.equal(exitCode, 130);
    assert.ok(!existsSync(folder), folder);
    assert.ok(!existsSync(join(cwd, 'patients.json')));
    assert.ok(!text.includes('\u001b'), text);
  });
});

describe('the tour of stage 2', () => {
  const skip = skipOf(tourOfHttp);

  test('shows all that it promises, and leaves no server behind', { skip }, async (t) => {
    const cwd = await createFolder(t);
    const { stdout, stderr, exitCode } = await runProgram(t, RUN, ['demo', '2'], { cwd, timeoutMs });
    assert.deepEqual([exitCode, stderr], [0, ''], stdout);
    const shown = stdout.replaceAll(/\s+/g, ' ');
    for (const { say } of tourOfHttp.steps) assert.ok(shown.includes(say.slice(0, 40)), say);
    for (const line of tourOfHttp.shown) assert.ok(shown.includes(line), line);

    assert.match(stdout, /^HTTP\/1\.1 201 Created\r?$/m);
    assert.match(stdout, /^etag: "1"\r?$/im);
    assert.match(stdout, /^location: \/api\/v1\/patients\/\S{36}\r?$/im);
    const statuses = stdout.match(/^\d{3}$/gm);
    assert.deepEqual(statuses, ['200', '304', '422', '200', '412', '200']);
    const problems = answersIn(stdout, '{"type"');
    assert.deepEqual(
      problems.map(({ status }) => status),
      [422, 412, 404, 405, 415],
    );
    assert.equal(problems[0].errors.length, 6);
    const pages = answersIn(stdout, '{"items"');
    const names = (page: { items: { firstName: string }[] }) => page.items.map(({ firstName }) => firstName);
    assert.deepEqual(pages.map(names), [['Adaeze', 'Мария'], ['太郎'], ['Adaeze']]);
    const log = stdout.split('\n').filter((line) => line.includes('"requestId":"tour-1","method"'));
    assert.equal(log.length, 1);
    assert.ok(!log[0]?.includes('okafor'));
    assert.match(stdout, /\^C\nIt ended/);
    assert.match(stdout, /^3 patients\.$/m);
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\/api/.exec(stdout) ?? [];
    await assert.rejects(fetch(`${url}/health`));
  });
});

describe('the tour of stage 3', () => {
  const skip = skipOf(tourOfSql);

  test('shows all that it promises, and leaves no server behind', { skip }, async (t) => {
    const cwd = await createFolder(t);
    const { stdout, stderr, exitCode } = await runProgram(t, RUN, ['demo', '3'], { cwd, timeoutMs });
    assert.deepEqual([exitCode, stderr], [0, ''], stdout);
    const shown = stdout.replaceAll(/\s+/g, ' ');
    for (const { say } of tourOfSql.steps) assert.ok(shown.includes(say.slice(0, 40)), say);
    for (const line of tourOfSql.shown) assert.ok(shown.includes(line), line);

    assert.match(
      stdout,
      /^imported: 2\nalready there: 0\nrefused: 0\n[\s\S]*^imported: 0\nalready there: 2$/m,
    );
    const folder = folderOf(stdout);
    assert.ok(stdout.includes(`storage: the SQLite file ${folder}`), 'a file of the tour, not of the person');
    const statuses = stdout.match(/^\d{3}$/gm)?.map(Number);
    assert.deepEqual(statuses, [201, 201, 201, 409, 201, 409, 200, 201, 201, 422]);
    const [first, second, moved, kept, again] = answersIn(stdout, '{"id"').filter(({ status }) => status);
    assert.equal(first.startsAt, '2091-03-05T09:00:00.000Z');
    assert.equal(first.endsAt, second.startsAt);
    assert.deepEqual([moved.id, moved.version], [first.id, 2]);
    assert.deepEqual(again, kept);
    const [day] = answersIn(stdout, '{"items"');
    assert.deepEqual(
      day.items.map(({ id }: { id: string }) => id),
      [second.id, first.id],
    );
    assert.match(stdout, /^ask, then insert +50$/m);
    assert.match(stdout, /^insert, and the constraint judges +1$/m);
    assert.match(stdout, /^careful: .*"done"; in the file: desk$/m);
    assert.match(stdout, /^1 patient\.$/m);
    assert.match(stdout, /^The tables are up to date\.$/m);
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\/api/.exec(stdout) ?? [];
    await assert.rejects(fetch(`${url}/health`));
  });
});

describe('the tour of stage 4', () => {
  const skip = skipOf(tourOfRedis);

  test('shows all that it promises, and leaves no server behind', { skip }, async (t) => {
    const cwd = await createFolder(t);
    const { stdout, stderr, exitCode } = await runProgram(t, RUN, ['demo', '4'], { cwd, timeoutMs });
    assert.deepEqual([exitCode, stderr], [0, ''], stdout);
    const shown = stdout.replaceAll(/\s+/g, ' ');
    for (const { say } of tourOfRedis.steps) assert.ok(shown.includes(say.slice(0, 40)), say);
    for (const line of tourOfRedis.shown) assert.ok(shown.includes(line), line);

    const folder = folderOf(stdout);
    assert.ok(stdout.includes(`storage: the SQLite file ${folder}`), 'a file of the tour, not of the person');
    const statuses = stdout.match(/^\d{3}$/gm)?.map(Number);
    assert.deepEqual(statuses, [401, 200, 201, 201, 200, 403, 204, 401]);
    assert.deepEqual(stdout.match(/(?<=^x-cache: )\w+/gm), ['miss', 'hit', 'miss']);
    assert.match(stdout, /^look, read, put +20$/m);
    assert.match(stdout, /^look and lease, read, put if leased +0$/m);
    assert.match(stdout, /^each reads for itself +200$/m);
    assert.match(stdout, /^with the breaker: .* 0 ms$/m);
    assert.match(stdout, /^Added haddad, doctor\.$/m);
    assert.equal(stdout.match(/^401 in \d+ ms: /gm)?.length, 6);
    assert.match(stdout, /^429 in \d+ ms: .* \(\d+ s\)$/m);
    const { items } = answersIn(stdout, '{"items"').at(-1);
    assert.deepEqual(
      items.map(({ action, outcome }: Record<string, string>) => `${action} ${outcome}`),
      ['delete denied', 'read success', 'update success', 'read success', 'read success'],
    );
    assert.match(stdout, /^haddad +doctor +/m);
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\/api/.exec(stdout) ?? [];
    await assert.rejects(fetch(`${url}/health`));
  });
});

describe('the tour of stage 5', () => {
  const skip = skipOf(tourOfEvents);

  test('shows all that it promises, and leaves no server behind', { skip }, async (t) => {
    const cwd = await createFolder(t);
    const { stdout, stderr, exitCode } = await runProgram(t, RUN, ['demo', '5'], {
      cwd,
      timeoutMs: 2 * timeoutMs, // It starts more than thirty programs.
    });
    assert.deepEqual([exitCode, stderr], [0, ''], stdout);
    const shown = stdout.replaceAll(/\s+/g, ' ');
    for (const { say } of tourOfEvents.steps) assert.ok(shown.includes(say.slice(0, 40)), say);
    for (const line of tourOfEvents.shown) assert.ok(shown.includes(line), line);

    assert.ok(stdout.includes(`storage: the SQLite file ${folderOf(stdout)}`), 'a file of the tour');
    assert.match(stdout, /^events: the file .*data\/events\.db \(not Kafka: /m);
    const statuses = stdout.match(/^\d{3}$/gm)?.map(Number);
    assert.deepEqual(statuses, [201, 201, 201, 200, 200, 201]);
    const told = [...stdout.matchAll(/^appointments\.\w+\/0\/0 (.*)$/gm)].map(([, event = '']) =>
      JSON.parse(event),
    );
    assert.deepEqual(
      told.map(({ type, data }) => [type, data.version]),
      [
        ['appointment.created', 1],
        ['appointment.rescheduled', 2],
        ['appointment.cancelled', 3],
      ],
    );
    if (!needsKafka().skip) {
      assert.match(stdout, /^killed, as by kill -9 +5 +\d+ ms +5 of 10$/m);
      assert.match(stdout, /^back +5 +\d+ ms +15 of 15$/m);
    }
    assert.match(stdout, /^ {2}commit, then publish +30 +27 +3 +0$/m);
    assert.equal(stdout.match(/^ {2}outbox +30 +30 +0 +0$/gm)?.length, 2);
    assert.match(stdout, /^whatever is there +400 +0$/m);
    assert.match(stdout, /^the newest version is true +20$/m);
    assert.match(stdout, /^the same, with an inbox +50$/m);
    assert.match(stdout, /^put it aside, and go on +8 +1$/m);
    const counts = answersIn(stdout, '{"items"').map(({ items }) => items.at(-1));
    assert.deepEqual(
      counts.map(({ date, booked, cancelled }) => [date, booked, cancelled]),
      Array(2).fill(['2091-03-05', 1, 1]),
    );
    assert.match(stdout, /"message":"reminder",.*"messageId":"reminder-\S{36}-1"/);
    assert.equal(
      stdout.match(/^appointments\.created\.dlq\/0\/[01] .* the message is not JSON$/gm)?.length,
      2,
    );
    assert.match(stdout, /^would send appointments\.created\.dlq\/0\/0$/m);
    assert.match(stdout, /^sent appointments\.created\.dlq\/0\/0$/m);
    assert.match(stdout, /^Counted 4 events\.$/m);
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\/api/.exec(stdout) ?? [];
    await assert.rejects(fetch(`${url}/health`));
  });
});

describe('the tour of stage 6', () => {
  const skip = skipOf(tourOfSchedules);

  test('shows all that it promises, and leaves no server behind', { skip }, async (t) => {
    const cwd = await createFolder(t);
    const { stdout, stderr, exitCode } = await runProgram(t, RUN, ['demo', '6'], {
      cwd,
      timeoutMs: 2 * timeoutMs, // Its experiments last for seconds each.
    });
    assert.deepEqual([exitCode, stderr], [0, ''], stdout);
    const shown = stdout.replaceAll(/\s+/g, ' ');
    for (const { say } of tourOfSchedules.steps) assert.ok(shown.includes(say.slice(0, 40)), say);
    for (const line of tourOfSchedules.shown) assert.ok(shown.includes(line), line);

    assert.ok(stdout.includes(`storage: the SQLite file ${folderOf(stdout)}`), 'a file of the tour');
    const [, grpc = ''] = /^schedule: gRPC at (127\.0\.0\.1:\d+), a process of our own$/m.exec(stdout) ?? [];
    assert.match(grpc, /:\d+$/);
    const statuses = stdout.match(/^\d{3}$/gm)?.map(Number);
    assert.deepEqual(statuses, [201, 201, 200, 201, 409, 200]);
    assert.deepEqual(stdout.match(/^\d+ slots\.$/gm), ['10 slots.', '14 slots.']);
    assert.deepEqual(stdout.match(/^2091-\S+ {2}02:30 GMT\+\d$/gm)?.length, 2);
    assert.match(stdout, /^Europe\/Berlin +2190 +434 +434$/m);
    const booked = stdout.match(/^\S{36}(?= until 2091)/gm) ?? [];
    assert.equal(booked.length, 3);
    assert.notEqual(booked[0], booked[1]);
    assert.equal(booked[1], booked[2]);
    assert.match(stdout, /^the next free slot +25 \| +20 +0 +0$/m);
    assert.match(stdout, /^again, with a key +20 \| +20 +0 +0$/m);
    assert.equal(stdout.match(/^medcenter\.schedule\.v1\.ScheduleService\/\w+$/gm)?.length, 5);
    assert.equal(answersIn(stdout, '{"slots"')[0].slots.length, 2);
    assert.match(stdout, /^Nothing is broken\.$/m);
    assert.match(stdout, /^proto\S+:Field "3" on .* changed name from "to_date" to "last_date"\.$/m);
    assert.match(stdout, /^live {2}\S+-0\nappointment {2}\S+ {2}cancelled {2}\S+-1$/m);
    assert.match(stdout, /^by positions +0 +0$/m);
    assert.match(stdout, /^write, and write on +100000 +\d+ MB$/m);
    assert.match(stdout, /^200 ms for each call +50 +50$/m);
    assert.match(stdout, /^kill -9\nslots +503 .*\npatients +200\nslots +200\nIt was away /m);
    assert.match(stdout, /ended by SIGKILL: it is started again/);
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\/api/.exec(stdout) ?? [];
    await assert.rejects(fetch(`${url}/health`));
    await assert.rejects(fetch(`http://${grpc}`), 'its schedule process is gone, too');
  });
});

describe('the tour of stage 7', () => {
  const skip = skipOf(tourOfTraces);

  test('shows all that it promises, and leaves no server behind', { skip }, async (t) => {
    const cwd = await createFolder(t);
    const { stdout, stderr, exitCode } = await runProgram(t, RUN, ['demo', '7'], {
      cwd,
      timeoutMs: 2 * timeoutMs, // Its last experiment starts four programs.
    });
    assert.deepEqual([exitCode, stderr], [0, ''], stdout);
    const shown = stdout.replaceAll(/\s+/g, ' ');
    for (const { say } of tourOfTraces.steps) assert.ok(shown.includes(say.slice(0, 40)), say);
    for (const line of tourOfTraces.shown) assert.ok(shown.includes(line), line);

    assert.ok(stdout.includes(`storage: the SQLite file ${folderOf(stdout)}`), 'a file of the tour');
    const statuses = stdout.match(/^\d{3}$/gm)?.map(Number);
    assert.deepEqual(statuses, [201, 201, 201, 200, 200, 200, 200]);

    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    assert.match(stdout, new RegExp(`^trace ${traceId} .* 2 processes$`, 'm'));
    assert.match(stdout, /^POST \/api\/v1\/appointments +medcenter +[\d.]+ ms {2}█/m);
    assert.match(stdout, /^ +└─ ScheduleService\.bookSlot +medcenter-schedule /m);
    assert.equal(stdout.match(/^ +[├└]─ process appointment\S* +medcenter /gm)?.length, 2);
    const log = answersIn(stdout, '{"time"').filter(({ trace_id }) => trace_id === traceId);
    const lines = log.map(({ message, service }) => `${message} of ${service}`).sort();
    assert.deepEqual(lines, [
      'call of medcenter-schedule',
      'event handled of medcenter',
      'event handled of medcenter',
      'request of medcenter',
    ]);
    const asked = log.filter(({ request_id }) => request_id === 'tour-1').map(({ service }) => service);
    assert.deepEqual(asked.sort(), ['medcenter', 'medcenter-schedule']);

    assert.match(stdout, /^a list of known ones +nothing$/m);
    assert.match(stdout, /^the same, with traceparent beside each job +100 +0 +0$/m);
    assert.match(stdout, /^http_requests_total\{method="POST",route="\/api\/v1\/appointments",.*\} 1$/m);
    assert.match(stdout, /^grpc_server_handled_total\{.*grpc_method="BookSlot",.*grpc_code="OK"\} 1$/m);
    assert.match(stdout, /^asked for 500 pages, 500 times 404$/m);
    assert.match(stdout, /^routes: \d+ before, \d+ after; new: route="none"$/m);
    assert.match(stdout, /^path +32000 /m);
    assert.match(stdout, /^a bad one +46 ms +10 ms +22 ms +1750 ms +200$/m);
    const ready = answersIn(stdout, '{"status"').map(({ status, checks }) => [status, checks.schedule]);
    assert.deepEqual(ready, [
      ['up', 'up'],
      ['degraded', 'down'],
      ['up', 'up'],
    ]);
    const levels = answersIn(stdout, '{"time"').filter(({ message }) => message.startsWith('the log level'));
    assert.equal(levels.length, 4, 'on and off again, of two processes');

    assert.match(stdout, /^SIGTERM, not ready, closes later +\d+ +0 {2}exit 0$/m);
    assert.match(stdout, /^looks +\d+ +0\nbookings +\d+ +0\n/m);
    assert.match(stdout, /"message":"the program ends".*\n\nIt ended, with exit code 0\.$/m);
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\/api/.exec(stdout) ?? [];
    await assert.rejects(fetch(`${url}/health`));
    const [, grpc] = /^schedule: gRPC at (127\.0\.0\.1:\d+), a process of our own$/m.exec(stdout) ?? [];
    await assert.rejects(fetch(`http://${grpc}`), 'its schedule process is gone, too');
  });
});

describe('the command', () => {
  test('ends quietly when its reader leaves', async (t) => {
    const child = startProgram(t, RUN, ['demo', '1'], { cwd: await createFolder(t) });
    let errors = '';
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    const [first] = await once(child.stdout ?? child, 'data');
    assert.match(String(first), /^Stage 1/);
    child.stdout?.destroy();
    await once(child, 'close');
    assert.doesNotMatch(errors, /EPIPE|Abort/);
  });

  test('says which tours there are when there is not the one that is wanted', async (t) => {
    const cwd = await createFolder(t);
    for (const args of [['99'], ['x'], ['1', '2']]) {
      const { stderr, exitCode } = await runProgram(t, RUN, ['demo', ...args], { cwd });
      assert.deepEqual(
        [exitCode, stderr],
        [2, `There is no tour of stage "${args.join(' ')}". There are: ${listTours().join(', ')}.\n`],
      );
    }
  });

  test('without a number is the tour of the newest stage', async (t) => {
    const newest = listStages().at(-1)?.number ?? 0;
    assert.ok(listTours().includes(newest), `stage ${newest} has no tour`);
    const child = startProgram(t, RUN, ['demo'], { cwd: await createFolder(t) });
    const [first] = await once(child.stdout ?? child, 'data');
    assert.match(String(first), new RegExp(`^Stage ${newest}: `));
    child.kill('SIGTERM');
    await once(child, 'close');
  });
});
