import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseEnv } from 'node:util';
import { listProcesses } from './processes.ts';
import { readRecord } from './record.ts';
import { redis } from './redis.ts';
import { isOfRedis } from './redis-process.ts';
import { askRedis } from './redis-url.ts';
import { findServerUser } from './server-user.ts';
import { services } from './table.ts';
import { createLauncher, environmentFile, needsRedisProgram, type TestLauncher } from './testing.ts';

function urlIn(root: string): string {
  const { REDIS_URL } = parseEnv(readFileSync(environmentFile(root), 'utf8'));
  return REDIS_URL ?? assert.fail('There is no REDIS_URL in .env.');
}

async function stateOf({ run, lines }: TestLauncher): Promise<string> {
  lines.length = 0;
  assert.equal(await run('status'), 0);
  return lines.splice(0)[1]?.split(/ {2,}/)[2] ?? '';
}

async function findProcesses(root: string) {
  const { folder } = readRecord(root, 'redis') ?? assert.fail();
  return (await listProcesses()).filter((process) => isOfRedis(process, folder));
}

suite('the Redis of a clone, as a process', needsRedisProgram(), () => {
  test('comes up, is shown, freezes, thaws, dies, comes back with its data, and ends', async (t) => {
    const launcher = createLauncher(t, { services: [redis] }, ['redis']);
    const { root, lines, run } = launcher;
    assert.equal(await run('up'), 0);
    assert.match(lines.splice(0).join('\n'), /Redis is up: 127\.0\.0\.1:\d+.*\.env: REDIS_URL$/s);
    const url = urlIn(root);
    assert.match(url, /^redis:\/\/default:[0-9a-f]{32}@127\.0\.0\.1:\d+\/0$/);
    assert.deepEqual(await askRedis(url, [['SET', 'note', 'kept']]), ['OK']);

    await run('status');
    const [, row = ''] = lines.splice(0);
    const [name, way, state, address, pid] = row.split(/ {2,}/);
    assert.deepEqual([name, way, state, address], ['redis', 'local', 'up', new URL(url).host]);
    assert.deepEqual(
      (await findProcesses(root)).map((process) => process.pid),
      [Number(pid)],
    );

    assert.equal(await run('up'), 0);
    assert.match(lines.splice(0).join('\n'), /^Redis is there already/);

    await run('freeze');
    await assert.rejects(askRedis(url, [['PING']], 300), { code: 'ETIMEDOUT' });
    assert.equal(await stateOf(launcher), 'frozen');
    assert.equal(await run('up'), 1);
    await run('thaw');
    assert.deepEqual(await askRedis(url, [['GET', 'note']]), ['kept']);

    await run('kill');
    assert.equal(await stateOf(launcher), 'down');
    await assert.rejects(askRedis(url, [['PING']]), { code: 'ECONNREFUSED' });
    assert.equal(await run('restart'), 0);
    assert.equal(await run('restart'), 0);
    assert.deepEqual(await askRedis(url, [['GET', 'note']]), ['kept']);
    lines.length = 0;
    await run('logs', '--lines', '500');
    assert.match(lines.join(), /Ready to accept connections/);

    await run('freeze');
    assert.equal(await run('down'), 0);
    assert.equal(await stateOf(launcher), 'down');
    assert.deepEqual(await findProcesses(root), []);
    assert.equal(readFileSync(environmentFile(root), 'utf8'), 'PORT=3003\n');
  });

  test('is a stranger’s to nobody: it wants its password, which others cannot read', async (t) => {
    const { root, run, lines } = createLauncher(t, { services: [redis] }, ['redis']);
    rmSync(environmentFile(root));
    await run('up');
    const url = new URL(urlIn(root));
    const { folder } = readRecord(root, 'redis') ?? assert.fail();
    for (const file of [join(folder, 'redis.conf'), environmentFile(root)]) {
      assert.ok(readFileSync(file, 'utf8').includes(url.password));
      assert.equal(statSync(file).mode & 0o077, 0, file);
    }
    const [process] = await findProcesses(root);
    assert.ok(!process?.command.includes(url.password));
    await assert.rejects(askRedis(`redis://${url.host}/0`, [['PING']]), { code: 'NOAUTH' });

    // What remembers the password is lost while it runs.
    rmSync(join(root, '.services', 'redis.json'));
    lines.length = 0;
    assert.equal(await run('up'), 1);
    assert.match(lines.join('\n'), /does not take the password.*restart redis$/s);
    assert.equal(await run('restart'), 0);
    await askRedis(urlIn(root), [['PING']]);
  });

  test('comes up beside what a crash left: a pid that is another program’s now, a port that is taken', async (t) => {
    const launcher = createLauncher(t, { services: [redis] }, ['redis']);
    const { root, run } = launcher;
    await run('up');
    const before = new URL(urlIn(root));
    await run('kill');
    const sleeper = spawn('sleep', ['600'], { ...findServerUser(), stdio: 'ignore' });
    t.after(() => sleeper.kill('SIGKILL'));
    const { folder } = readRecord(root, 'redis') ?? assert.fail();
    writeFileSync(join(folder, 'data', 'redis.pid'), `${sleeper.pid}\n`);
    const taker = createServer().listen(Number(before.port), '127.0.0.1');
    await once(taker, 'listening');
    t.after(() => taker.close());

    assert.equal(await stateOf(launcher), 'down');
    for (const command of ['freeze', 'kill']) assert.equal(await run(command), 1);
    assert.equal(await run('up'), 0);
    assert.notEqual(urlIn(root), before.href);
    await askRedis(urlIn(root), [['PING']]);
    assert.deepEqual([sleeper.exitCode, sleeper.signalCode], [null, null]);
  });

  test('is ended again when the launcher is interrupted while it waits', async (t) => {
    const interruption = new AbortController();
    const say = (line: string) => {
      if (line.includes('starting on')) interruption.abort();
    };
    const options = { services: [redis], say, signal: interruption.signal };
    const { root, run } = createLauncher(t, options, ['redis']);
    assert.equal(await run('up'), 130);
    assert.equal(readRecord(root, 'redis')?.wanted, false);
    assert.deepEqual(await findProcesses(root), []);
  });

  test('is there for whoever names it, where no stage needs it, and nobody else’s .env changes', async (t) => {
    const { root, lines, run } = createLauncher(t, { services }, []);
    assert.equal(await run('up', 'redis'), 0);
    assert.match(lines.splice(0).at(-1) ?? '', /^Redis is up/);
    assert.equal(readFileSync(environmentFile(root), 'utf8'), 'PORT=3003\n');
    await run('kill');
    assert.deepEqual(lines.splice(0), ['Redis is killed.']);
    assert.equal(await run('up'), 0);
    assert.equal(await run('down'), 0);
    lines.length = 0;
    assert.equal(await run('up'), 0);
    assert.deepEqual(lines.splice(0), [], 'it was brought down: nobody wants it');
    await run('status');
    assert.match(lines[1] ?? '', /^redis +local +down/);
    assert.equal(lines.length, 2);
  });
});

test('nothing is brought up that no stage needs, and nothing is fetched', async (t) => {
  const { root, lines, run } = createLauncher(t, { services }, []);
  assert.equal(await run('up'), 0);
  assert.deepEqual(lines, []);
  assert.ok(!existsSync(join(root, '.services', 'redis')));
});
