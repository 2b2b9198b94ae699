import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import { createClient, samplePatientInput } from './contracts/index.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The program as a process, on a free port; its address is read from what it says. */
async function startServer(
  t: TestContext,
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ url: string; child: ChildProcess }> {
  const child = startProgram(t, MAIN, [], { cwd, env: { PORT: '0', ...env } });
  let said = '';
  for await (const chunk of child.stderr?.setEncoding('utf8') ?? []) {
    said += chunk;
    const [, url] = /(http:\/\/[\d.:]+)\/api/.exec(said) ?? [];
    if (url) return { url, child };
  }
  throw new Error(`the server did not start: ${said}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'exit');
  child.kill(signal);
  const [code] = await closed;
  return code;
}

describe('the program', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`ends on ${signal} with exit code 0`, async (t) => {
      const { child, url } = await startServer(t, await createFolder(t));
      await (await fetch(`${url}/health`)).text();
      assert.equal(await end(child, signal), 0);
    });
  }

  test('says in one line that the port is taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    const { stderr, exitCode } = await runProgram(t, MAIN, [], {
      cwd: await createFolder(t),
      env: { PORT: String(port) },
    });
    assert.deepEqual(
      [stderr, exitCode],
      [`Another program listens on 127.0.0.1:${port}: end it, or set PORT.\n`, 1],
    );
  });

  test('names every wrong variable, and ends with 2', async (t) => {
    const env = { PORT: '70000', LOG_LEVEL: 'loud', CORS_ORIGINS: 'desk.example', HOST: 'a b' };
    const { stderr, exitCode } = await runProgram(t, MAIN, [], { cwd: await createFolder(t), env });
    assert.equal(exitCode, 2);
    assert.deepEqual(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0])
        .sort(),
      Object.keys(env).sort(),
    );
    assert.match(stderr, /PORT holds "70000", and wants a port/);
  });

  test('does not start on a damaged file, and names it', async (t) => {
    const cwd = await createFolder(t);
    await writeFile(join(cwd, 'patients.json'), '{');
    const { stderr, exitCode } = await runProgram(t, MAIN, [], { cwd, env: { PORT: '0' } });
    assert.equal(exitCode, 1);
    assert.match(stderr, /patients\.json is damaged/);
  });

  test('and the command line, and a second server, share one file without losing a record', async (t) => {
    const cwd = await createFolder(t);
    const servers = [await startServer(t, cwd), await startServer(t, cwd)];
    const [one, two] = servers.map(({ url }) => createClient(url));
    assert.ok(one && two);
    const add = [
      '--add',
      '--last-name',
      'Okafor',
      '--first-name',
      'Ada',
      '--birth-date',
      '1990-05-14',
      '--sex',
      'female',
      '--json',
    ];
    const results = await Promise.all([
      ...Array.from({ length: 10 }, () => one.send('POST', '/api/v1/patients', samplePatientInput())),
      ...Array.from({ length: 10 }, () => two.send('POST', '/api/v1/patients', samplePatientInput())),
      ...Array.from({ length: 4 }, () => runProgram(t, MAIN, add, { cwd })),
    ]);
    const ids = results.map((result) => ('stdout' in result ? JSON.parse(result.stdout).id : result.body.id));
    for (const client of [one, two]) {
      const { items } = (await client.send('GET', '/api/v1/patients?limit=100')).body;
      assert.deepEqual(items.map(({ id }: { id: string }) => id).sort(), ids.sort());
    }
    const path = `/api/v1/patients/${ids[0]}`;
    const put = (client: typeof one) =>
      client.send('PUT', path, samplePatientInput({ firstName: 'Eve' }), { 'if-match': '"1"' });
    assert.deepEqual(
      (await Promise.all([put(one), put(two)])).map(({ status }) => status).sort(),
      [200, 412],
    );
  });
});
