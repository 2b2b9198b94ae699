import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseEnv } from 'node:util';
import { needsPostgres } from '../testing/postgres.ts';
import { runProgram } from '../testing/program.ts';
import { askPostgres } from './postgres-url.ts';
import { listProcesses } from './processes.ts';
import { readRecord } from './record.ts';
import { findServerUser } from './server-user.ts';
import { services } from './table.ts';
import { createLauncher, environmentFile } from './testing.ts';

function databaseUrl(root: string): string {
  const { DATABASE_URL } = parseEnv(readFileSync(environmentFile(root), 'utf8'));
  return DATABASE_URL ?? assert.fail('There is no DATABASE_URL in .env.');
}

async function findProcesses(folder: string): Promise<number[]> {
  const all = await listProcesses();
  return all.filter(({ command }) => command.includes(` ${folder}`)).map(({ pid }) => pid);
}

suite('the services of a clone, as processes', needsPostgres(), () => {
  test('come up, are shown, freeze, thaw, die, come back with their data, and end', async (t) => {
    const { root, lines, run } = createLauncher(t, { services });
    assert.equal(await run('up'), 0);
    assert.match(lines.splice(0).join('\n'), /no docker on the PATH.*PostgreSQL is up: 127\.0\.0\.1:\d+/s);
    const url = databaseUrl(root);
    assert.match(url, /\/medcenter_stage_03$/);
    await askPostgres(url, "CREATE TABLE note AS SELECT 'kept' AS text");

    await run('status');
    const [head = '', row = ''] = lines.splice(0);
    assert.deepEqual(head.split(/ {2,}/), ['service', 'way', 'state', 'address', 'pid', 'data']);
    const [name, way, state, address, pid, place = ''] = row.split(/ {2,}/);
    assert.deepEqual([name, way, state, address], ['postgres', 'local', 'up', new URL(url).host]);
    assert.ok((await findProcesses(place)).includes(Number(pid)));

    assert.equal(await run('up'), 0);
    assert.match(lines.splice(0).join('\n'), /^PostgreSQL is there already/);
    assert.equal(databaseUrl(root), url);

    await run('freeze');
    await assert.rejects(askPostgres(url, 'SELECT 1', 300));
    assert.equal(await stateOf(run, lines), 'frozen');
    assert.equal(await run('up'), 1);
    assert.match(lines.splice(0).join(), /is frozen\. Thaw it: npm run services -- thaw/);
    await run('thaw');
    assert.equal(await stateOf(run, lines), 'up');

    await run('kill');
    assert.equal(await stateOf(run, lines), 'down');
    await assert.rejects(askPostgres(url), { code: 'ECONNREFUSED' });
    assert.equal(await run('restart'), 0);
    assert.deepEqual(await askPostgres(url, 'SELECT * FROM note'), [{ text: 'kept' }]);
    lines.length = 0;
    await run('logs', '--lines', '500');
    assert.match(lines.join(), /automatic recovery in progress/);

    assert.equal(await run('down'), 0);
    assert.equal(await stateOf(run, lines), 'down');
    assert.deepEqual(await findProcesses(place), []);
    assert.equal(readFileSync(environmentFile(root), 'utf8'), 'PORT=3003\n');
    assert.equal(await run('kill'), 1);
    assert.ok(!existsSync(join(root, 'stage-02-other', '.env')));
  });

  test('of two clones at once do not meet, nor those of a copy; each has a password that nobody else can read', async (t) => {
    const clones = [createLauncher(t), createLauncher(t)];
    for (const { root } of clones) rmSync(environmentFile(root));
    assert.deepEqual(await Promise.all(clones.map(({ run }) => run('up'))), [0, 0]);
    const [first = '', second = ''] = clones.map(({ root }) => databaseUrl(root));
    assert.notEqual(new URL(first).port, new URL(second).port);
    await Promise.all([first, second].map((url) => askPostgres(url)));
    assert.notEqual(new URL(first).password, new URL(second).password);
    for (const { root } of clones) {
      const { password } = readRecord(root, 'postgres') ?? assert.fail();
      assert.match(password, /^[0-9a-f]{32}$/);
      for (const file of [join(root, '.services', 'postgres.json'), environmentFile(root)]) {
        assert.ok(readFileSync(file, 'utf8').includes(password));
        if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o077, 0, file);
      }
    }

    // A copy of the first one, with all that it remembers, is a clone of its own.
    const copy = createLauncher(t);
    cpSync(
      join(clones[0]?.root ?? '', '.services', 'postgres.json'),
      join(copy.root, '.services', 'postgres.json'),
    );
    assert.equal(await stateOf(copy.run, copy.lines), 'down');
    assert.equal(await copy.run('down'), 0);
    await askPostgres(first);

    assert.equal(await clones[0]?.run('down'), 0);
    await askPostgres(second);
    assert.equal(await clones[1]?.run('down'), 0);
    for (const { root } of clones) assert.ok(!existsSync(environmentFile(root)));
  });

  test('come up beside what a crash left: a pid that is another program’s now, a port that is taken', async (t) => {
    const { root, lines, run } = createLauncher(t);
    await run('up');
    const before = databaseUrl(root);
    await run('kill');
    const { folder } = readRecord(root, 'postgres') ?? assert.fail();
    const pidFile = join(folder, 'data', 'postmaster.pid');
    // Of the same user, which is what PostgreSQL itself looks at.
    const sleep: [string, string[]] =
      process.platform === 'win32'
        ? [process.execPath, ['-e', 'setInterval(() => {}, 1000)']]
        : ['sleep', ['600']];
    const sleeper = spawn(...sleep, { ...findServerUser(), stdio: 'ignore' });
    t.after(() => sleeper.kill('SIGKILL'));
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(sleeper.pid)));
    const taker = createServer().listen(Number(new URL(before).port), '127.0.0.1');
    await once(taker, 'listening');
    t.after(() => taker.close());

    assert.equal(await stateOf(run, lines), 'down');
    for (const command of ['freeze', 'kill']) assert.equal(await run(command), 1);
    assert.equal(await run('down'), 0);
    assert.equal(await run('up'), 0);
    assert.notEqual(new URL(databaseUrl(root)).port, new URL(before).port);
    await askPostgres(databaseUrl(root));
    assert.deepEqual([sleeper.exitCode, sleeper.signalCode], [null, null]);
    const alive = (await listProcesses()).find(({ pid }) => pid === sleeper.pid);
    assert.equal(alive?.stopped, false);
  });

  test('are ended again when the launcher is interrupted while it waits', async (t) => {
    const interruption = new AbortController();
    const lines: string[] = [];
    const say = (line: string) => {
      lines.push(line);
      if (line.includes('starting on')) interruption.abort();
    };
    const { root, run } = createLauncher(t, { say, signal: interruption.signal });
    assert.equal(await run('up'), 130);
    assert.match(lines.at(-1) ?? '', /^Interrupted/);
    const { folder, wanted } = readRecord(root, 'postgres') ?? assert.fail();
    assert.equal(wanted, false);
    assert.deepEqual(await findProcesses(join(folder, 'data')), []);
    assert.equal(readFileSync(environmentFile(root), 'utf8'), 'PORT=3003\n');
  });
});

async function stateOf(run: (...args: string[]) => Promise<number>, lines: string[]): Promise<string> {
  lines.length = 0;
  assert.equal(await run('status'), 0);
  return lines.splice(0)[1]?.split(/ {2,}/)[2] ?? '';
}

test('a wrong word is answered with the usage and exit code 2', async (t) => {
  const door = join(import.meta.dirname, '..', 'run.mjs');
  const cwd = join(import.meta.dirname, '..', '..');
  const tell = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await runProgram(t, door, ['services', ...args], { cwd });
    assert.deepEqual([stdout, exitCode], ['', 2]);
    return stderr;
  };
  const [nothing, command, service, lines] = await Promise.all([
    tell(),
    tell('raise'),
    tell('up', 'oracle'),
    tell('logs', '--lines', 'x'),
  ]);
  assert.match(nothing, /^Real servers.*npm run services -- up/s);
  assert.match(command, /^There is no command "raise".*npm run services -- up/s);
  assert.match(service, /^There is no service "oracle"\. There are: postgres/);
  assert.match(lines, /^--lines wants a number/);
});
