import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite as describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../stages.ts';
import { startChild } from './children.ts';
import { runSuite } from './harness.ts';
import { preparePrograms } from './program.ts';
import { startServer } from './server.ts';
import { suite } from './stage-02.ts';

/** A program of a few words, in a folder of its own. */
async function createProgram(t: TestContext, code: string) {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  const program = await (await preparePrograms({ command: [process.execPath, '-e', code] }, stack))();
  return { program, stack };
}

const SERVER = `
  const server = require('node:http').createServer((request, response) => response.end('ok'));
  server.listen(process.env.PORT, process.env.HOST, () => console.log('I listen'));
  process.on('SIGTERM', () => process.exit(7));
`;

describe('startServer', () => {
  test('waits until the server answers, and hears what it says', async (t) => {
    const { program, stack } = await createProgram(t, SERVER);
    const server = await startServer(program, stack, { LOG_LEVEL: undefined });
    assert.equal(await (await fetch(server.url)).text(), 'ok');
    assert.match(server.said(), /I listen/);
    assert.match(server.startLines[0] ?? '', /^HOST=127\.0\.0\.1 PORT=\d+ (?!LOG_LEVEL)/);
  });

  test('asks it to end, and tells how it ended', { skip: process.platform === 'win32' }, async (t) => {
    const { program, stack } = await createProgram(t, SERVER);
    const server = await startServer(program, stack);
    assert.equal((await server.stop('SIGTERM')).exitCode, 7);
    await assert.rejects(fetch(server.url));
  });

  test('shows what a program said that ended instead', async (t) => {
    const { program, stack } = await createProgram(t, 'console.error("no database"); process.exitCode = 3');
    await assert.rejects(startServer(program, stack), (error: Error & { failure?: { received: string } }) => {
      assert.match(error.message, /Expected a server that answers GET .*health/);
      assert.match(error.failure?.received ?? '', /exit code 3[\s\S]*no database/);
      return true;
    });
  });
});

/** A wrapper that heeds no Ctrl-C itself, and ends when what it started has ended. */
const WRAPPER = `
  const inner = 'process.on("SIGINT", () => process.exit()); setInterval(() => {}, 1000); console.log("ready")';
  const child = require('node:child_process').spawn(process.execPath, ['-e', inner], { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  child.on('exit', () => process.exit(5));
`;

test('Ctrl-C reaches all that a program started', { skip: process.platform === 'win32' }, async () => {
  const child = startChild([process.execPath, '-e', WRAPPER], { cwd: tmpdir() });
  while (!child.said().stdout.includes('ready')) await sleep(10);
  child.ask('SIGINT');
  assert.equal((await child.outcome).exitCode, 5);
});

/** `npm run check -- …`, as a person types it at the root. */
function check(...args: string[]) {
  const command = [process.execPath, join(ROOT, 'shared', 'run.mjs'), 'check', ...args];
  return startChild(command, { cwd: ROOT, timeLimit: 60_000 }).outcome;
}

async function listen(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a server that runs already', () => {
  test('is judged by what can be seen from outside; the rest is skipped, with the reason', async (t) => {
    const url = await listen(t, (_request, response) => response.end('{"status":"ok"}'));
    const names = ['health-says-ok', 'sigterm-ends-it-with-0', 'unknown-paths-are-404'];
    const checks = suite.checks.filter(({ name }) => names.includes(name));
    const results = await runSuite({ ...suite, checks }, { command: [], url });
    const told = results.map(({ check: { name }, outcome }) => [name, outcome]);
    assert.deepEqual(told, [
      ['unknown-paths-are-404', 'failed'],
      ['health-says-ok', 'passed'],
      ['sigterm-ends-it-with-0', 'skipped'],
    ]);
    const [failed, , skipped] = results;
    assert.match(skipped?.check.skip ?? '', /^not applicable: /);
    assert.match(failed?.failure?.repeat ?? '', new RegExp(`^cd .*\\ncurl -isS ${url}/api/v1$`));
  });

  test('loses again whom the checks registered', async (t) => {
    const kept = new Set<string>();
    const url = await listen(t, async (request, response) => {
      request.resume();
      if (request.method === 'POST') {
        kept.add('p-1');
        response.writeHead(201, { 'Content-Type': 'application/json' }).end('{"id":"p-1"}');
      } else if (request.method === 'DELETE') {
        kept.delete(request.url?.split('/').at(-1) ?? '');
        response.writeHead(204).end();
      } else response.end();
    });
    const checks = suite.checks.filter(({ name }) => name === 'post-answers-with-the-record');
    const [result] = await runSuite({ ...suite, checks }, { command: [], url });
    assert.equal(result?.outcome, 'failed');
    assert.equal(kept.size, 0);
  });

  test('is named in place of a command, and wrong usage is told apart', async (t) => {
    const url = await listen(t, (_request, response) => response.end('{"status":"ok"}'));
    const { exitCode, stdout } = await check('2', '--url', `${url}/`, '--only', 'health-says-ok', '--json');
    assert.equal(exitCode, 0);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.url, report.passed], [url, 1]);
    const wrong: [string[], RegExp][] = [
      [['2', '--url', 'localhost:3000'], /--url wants the address/],
      [['2', '--url', url, '--cmd', 'node x'], /Either --cmd or --url/],
      [['1', '--url', url], /there is no server/],
    ];
    for (const [args, words] of wrong) {
      const refusal = await check(...args);
      assert.equal(refusal.exitCode, 2);
      assert.match(refusal.stderr, words);
    }
  });
});
