import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite as describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './children.ts';
import { type Check, expect, runSuite, type Suite } from './harness.ts';
import { listSuites, loadSuite } from './suites.ts';

const check = (name: string, run: Check['run'], rest: Partial<Check> = {}): Check => ({
  ...{ name, why: 'Because.', hint: 'Try.', lesson: 'README.md#here', run },
  ...rest,
});

const suiteOf = (checks: Check[]): Suite => ({
  title: 'A stage',
  reference: [],
  checks,
  prepare: async () => async () => undefined,
});

describe('runSuite', () => {
  test('gives results in the order of the checks, whatever ended first', async () => {
    const told: string[] = [];
    const checks = [check('slow', () => sleep(50)), check('quick', async () => {})];
    const results = await runSuite(suiteOf(checks), { command: [] }, (result) =>
      told.push(result.check.name),
    );
    assert.deepEqual(
      results.map((result) => [result.check.name, result.outcome]),
      [
        ['slow', 'passed'],
        ['quick', 'passed'],
      ],
    );
    assert.deepEqual(told, ['quick', 'slow']);
  });

  test('runs a check that wants to be alone with no other beside it', async () => {
    let running = 0;
    const most: number[] = [];
    const busy = async () => {
      most.push(++running);
      await sleep(20);
      running--;
    };
    const checks = [check('alone', busy, { alone: true }), check('one', busy), check('two', busy)];
    await runSuite(suiteOf(checks), { command: [] });
    assert.deepEqual(most, [1, 2, 1]);
  });

  test('says loudly which checks it did not judge for want of a server', async () => {
    const checks = [
      check('of Redis', async () => {}, { wantsRedis: true }),
      check('of Kafka', async () => {}, { wantsKafka: true }),
    ];
    const without = await runSuite(suiteOf(checks), { command: [] });
    const [redis, kafka] = without.map((result) => result.check.skip ?? '');
    assert.match(redis ?? '', /^NOT JUDGED: .*--redis-url/);
    assert.match(kafka ?? '', /^NOT JUDGED: .*--kafka HOST:PORT/);
    const servers = { redisUrl: 'redis://127.0.0.1', kafkaBrokers: '127.0.0.1:9092' };
    const judged = await runSuite(suiteOf(checks), { command: [], ...servers });
    assert.deepEqual(
      judged.map(({ outcome }) => outcome),
      ['passed', 'passed'],
    );
  });

  test('shows a failed expectation, and a check that stumbles, as failures', async () => {
    const exchange = { sent: 'ping', received: 'silence', repeat: 'ping by hand' };
    const failing = check('failing', async () => expect(false, 'a pong', exchange));
    const stumbling = check('stumbling', async () => {
      throw new Error('my own fault');
    });
    const skipped = check('skipped', async () => assert.fail('never'), { skip: 'not here' });
    const results = await runSuite(suiteOf([failing, stumbling, skipped]), { command: [] });
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['failed', 'failed', 'skipped'],
    );
    assert.deepEqual(results[0]?.failure, { ...exchange, expected: 'a pong' });
    assert.match(results[1]?.failure?.received ?? '', /my own fault/);
  });

  test('closes what a check opened, and at the end what the run opened, also after a failure', async () => {
    const closed: string[] = [];
    const suite: Suite = {
      ...suiteOf([check('failing', () => Promise.reject(new Error('no')))]),
      async prepare(_subject, stack) {
        stack.defer(() => void closed.push('run'));
        return async (ofCheck) => ofCheck.defer(() => void closed.push('check'));
      },
    };
    await runSuite(suite, { command: [] });
    assert.deepEqual(closed, ['check', 'run']);
  });
});

test('a suite about a server joins with nothing but its own prepare', async () => {
  const suite: Suite<{ url: string }> = {
    ...suiteOf([]),
    async prepare(_subject, stack) {
      const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
      stack.defer(() => void server.close());
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return async () => ({ url });
    },
    checks: [
      {
        ...check('answers', async () => {}),
        async run({ url }) {
          const received = await (await fetch(url)).text();
          expect(received === 'ok', '"ok"', { sent: `GET ${url}`, received, repeat: `curl ${url}` });
        },
      },
    ],
  };
  const [result] = await runSuite(suite, { command: [] });
  assert.equal(result?.outcome, 'passed');
});

describe('startChild', () => {
  const node = (code: string) => [process.execPath, '-e', code];

  test('gives exit code, stdout and stderr', async () => {
    const code = 'console.log("data"); console.error("words"); process.exitCode = 3';
    const { exitCode, stdout, stderr } = await startChild(node(code), { cwd: '.' }).outcome;
    assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 3, stdout: 'data\n', stderr: 'words\n' });
  });

  test('ends what runs too long, with what it started in turn', {
    skip: process.platform === 'win32',
  }, async () => {
    const command = ['sh', '-c', 'sleep 60 & wait'];
    const { timedOut, milliseconds } = await startChild(command, { cwd: '.', timeLimit: 300 }).outcome;
    assert.equal(timedOut, true);
    // The end is told when the last holder of stdout is gone, and the sleeper held it too.
    assert.ok(milliseconds < 10_000, `${milliseconds} ms`);
  });

  test('gives a program no settings that were not meant for it', async (t) => {
    const names = ['DATA_FILE', 'INIT_CWD', 'npm_config_json'];
    for (const name of names) process.env[name] = 'leaked';
    t.after(() => {
      for (const name of names) delete process.env[name];
    });
    const { stdout } = await startChild(node('console.log(JSON.stringify(process.env))'), {
      cwd: '.',
      env: { OWN: 'yes' },
    }).outcome;
    assert.doesNotMatch(stdout, /leaked/);
    assert.match(stdout, /"OWN":"yes"/);
  });

  test('says so when there is no such program', async () => {
    const { exitCode, stderr } = await startChild(['no-such-program-here'], { cwd: '.' }).outcome;
    assert.equal(exitCode, undefined);
    assert.match(stderr, /could not be started.*ENOENT/);
  });
});

describe('every check of every stage', async () => {
  const suites = await Promise.all(listSuites().map((stage) => loadSuite(String(stage))));
  const checks = suites.flatMap((suite) => suite?.checks ?? []);

  test('there are some', () => assert.ok(checks.length >= 25));
  for (const { name, why, hint, lesson } of checks) {
    test(`${name} is told in full`, () => {
      assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
      assert.match(why, /^[A-Z][^.!?]*[.!?]$/, 'one sentence');
      assert.match(hint, /\S/);
      assert.match(lesson, /^stage-\d\d-[a-z-]+\/README\.md#[a-z0-9-]+$/);
    });
  }
  for (const suite of suites) {
    const names = suite?.checks.map(({ name }) => name) ?? [];
    test(`${suite?.title} has no name twice`, () => assert.equal(new Set(names).size, names.length));
  }
});
