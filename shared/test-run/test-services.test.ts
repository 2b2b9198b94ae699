import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createTree, packageJson, type Tree } from '../architecture/testing.ts';
import { askKafka } from '../services/kafka-wire.ts';
import { askPostgres } from '../services/postgres-url.ts';
import { askRedis } from '../services/redis-url.ts';
import { needsKafkaPrograms, needsRedisProgram } from '../services/testing.ts';
import { waitUntil } from '../services/wait.ts';
import { ROOT } from '../stages.ts';
import { runProgram, startProgram } from '../testing/index.ts';
import { needsPostgres } from '../testing/postgres.ts';

function urlOf(...path: string[]): string {
  return JSON.stringify(pathToFileURL(join(ROOT, 'shared', ...path)).href);
}

/** Asks its server, writes down which one it was, and then ends as it is told. */
function testFile(end: string): string {
  return `import { test } from 'node:test';
    import { writeFileSync } from 'node:fs';
    import { askPostgres } from ${urlOf('services', 'postgres-url.ts')};
    test('asks', async () => {
      const url = process.env.TEST_POSTGRES_URL;
      const [row] = await askPostgres(url, "SELECT current_setting('max_connections') AS most");
      writeFileSync('asked.json', JSON.stringify({ url, ...row }));
      ${end}
    });`;
}

/** A repository whose only stage needs a service, PostgreSQL when not said, and a program that runs its tests. */
function createRepository(t: TestContext, test: string, services = '', needed = 'postgres'): string {
  const tree: Tree = {
    'package.json': '{ "type": "module" }',
    'stage-01-one/package.json': packageJson('stage-01-one', { medcenter: { services: [needed] } }),
    'stage-01-one/a.test.ts': test,
    'shared/b.test.ts': "import { test } from 'node:test';\ntest('needs nothing', () => {});\n",
    'run.ts': [
      `import { runTests } from ${urlOf('test-run', 'run-tests.ts')};`,
      `process.exitCode = await runTests(process.argv.slice(2), import.meta.dirname${services});`,
    ].join('\n'),
    'node_modules/tsx/package.json': '{ "exports": "./index.js", "type": "module" }',
    'node_modules/tsx/index.js': '// Node strips the types itself.\n',
  };
  return createTree(t, tree);
}

function readAsked(root: string): { url: string; most: string } {
  return JSON.parse(readFileSync(join(root, 'asked.json'), 'utf8'));
}

const isRefused = { code: 'ECONNREFUSED' };

/** A table of services that cannot start the one there is. */
const withoutServer = `{
  postgres: {
    title: 'PostgreSQL',
    variable: 'TEST_POSTGRES_URL',
    remedy: 'bring your own',
    start: async () => { throw new Error('there are no programs for this machine'); },
  },
}`;

suite('a run brings up what its workspaces need', needsPostgres(), () => {
  test('tells the tests where it is, and ends it, also when a test fails', async (t) => {
    const root = createRepository(t, testFile("throw new Error('no');"));
    const { stdout, exitCode } = await runProgram(t, join(root, 'run.ts'), [], { cwd: root });
    assert.equal(exitCode, 1);
    assert.match(stdout, /^PostgreSQL for the tests: 127\.0\.0\.1:\d+, started in \d+\.\d s\.$/m);
    assert.match(stdout, /^ℹ fail 1$/m);
    const { url, most } = readAsked(root);
    assert.equal(most, '200');
    await assert.rejects(askPostgres(url), isRefused);
  });

  test('ends it also when the run is itself ended', async (t) => {
    const root = createRepository(
      t,
      testFile('await new Promise((resolve) => setTimeout(resolve, 60_000));'),
    );
    const run = startProgram(t, join(root, 'run.ts'), [], { cwd: root });
    const closed = once(run, 'close');
    const isAsked = async () => existsSync(join(root, 'asked.json'));
    await waitUntil(isAsked, { what: 'the test', patienceMs: 15_000 });
    await askPostgres(readAsked(root).url);
    run.kill('SIGTERM');
    assert.deepEqual(await closed, [1, null]);
    await assert.rejects(askPostgres(readAsked(root).url), isRefused);
  });

  test('starts none where the person brings one, and none where nobody asks for it', async (t) => {
    const root = createRepository(t, testFile(''), `, ${withoutServer}`);
    const env = { TEST_POSTGRES_URL: process.env.TEST_POSTGRES_URL ?? '' };
    const { stdout, stderr, exitCode } = await runProgram(t, join(root, 'run.ts'), [], { cwd: root, env });
    assert.equal(exitCode, 0, stdout + stderr);
    assert.match(stdout, /^PostgreSQL for the tests: yours, by TEST_POSTGRES_URL\.$/m);
    assert.equal(readAsked(root).url, env.TEST_POSTGRES_URL);
    const shared = await runProgram(t, join(root, 'run.ts'), ['shared'], { cwd: root });
    assert.deepEqual([shared.stderr, shared.exitCode], ['', 0]);
    assert.ok(!shared.stdout.includes('PostgreSQL'));
  });
});

test('a run brings up Redis, tells the tests where it is, and ends it', needsRedisProgram(), async (t) => {
  const asking = `import { test } from 'node:test';
    import { writeFileSync } from 'node:fs';
    import { askRedis } from ${urlOf('services', 'redis-url.ts')};
    import { createRedisUrl, needsRedis } from ${urlOf('testing', 'redis.ts')};
    test('asks', needsRedis(), async (t) => {
      await askRedis(await createRedisUrl(t), [['SET', 'note', 'mine']]);
      const answer = await askRedis(process.env.TEST_REDIS_URL, [['CONFIG', 'GET', 'appendonly']]);
      writeFileSync('asked.json', JSON.stringify({ url: process.env.TEST_REDIS_URL, answer }));
    });`;
  const root = createRepository(t, asking, '', 'redis');
  const { stdout, stderr, exitCode } = await runProgram(t, join(root, 'run.ts'), [], { cwd: root });
  assert.deepEqual([stderr, exitCode], ['', 0], stdout);
  assert.match(stdout, /^Redis for the tests: 127\.0\.0\.1:\d+, started in \d+\.\d s\.$/m);
  const { url, answer } = JSON.parse(readFileSync(join(root, 'asked.json'), 'utf8'));
  assert.deepEqual(answer, [['appendonly', 'no']]);
  await assert.rejects(askRedis(url, [['PING']]), isRefused);
});

test('a run brings up Kafka, tells the tests where it is, and ends it', needsKafkaPrograms(), async (t) => {
  const asking = `import { test } from 'node:test';
    import { writeFileSync } from 'node:fs';
    import { askKafka } from ${urlOf('services', 'kafka-wire.ts')};
    import { createTopicPrefix, needsKafka, testBrokers } from ${urlOf('testing', 'kafka.ts')};
    test('asks', needsKafka(), async () => {
      const prefix = createTopicPrefix();
      const { id } = await askKafka(testBrokers());
      writeFileSync('asked.json', JSON.stringify({ brokers: testBrokers(), id, prefix }));
    });`;
  const root = createRepository(t, asking, '', 'kafka');
  const options = { cwd: root, timeoutMs: 90_000 };
  const { stdout, stderr, exitCode } = await runProgram(t, join(root, 'run.ts'), [], options);
  assert.deepEqual([stderr, exitCode], ['', 0], stdout);
  assert.match(stdout, /^Kafka for the tests: 127\.0\.0\.1:\d+, started in \d+\.\d s\.$/m);
  const { brokers, id, prefix } = JSON.parse(readFileSync(join(root, 'asked.json'), 'utf8'));
  assert.match(brokers, /^127\.0\.0\.1:\d+$/);
  assert.equal(id.length, 22);
  assert.match(prefix, /^medcenter-test-[0-9a-f]{12}-$/);
  await assert.rejects(askKafka(brokers), isRefused);
});

suite('a server that cannot be had', () => {
  const skipping =
    "import { test } from 'node:test';\ntest('asks', { skip: !process.env.TEST_POSTGRES_URL }, () => {});\n";

  test('is missed loudly, and the run goes on without it', async (t) => {
    const root = createRepository(t, skipping, `, ${withoutServer}`);
    const { stdout, stderr, exitCode } = await runProgram(t, join(root, 'run.ts'), [], { cwd: root });
    assert.equal(exitCode, 0, stdout);
    assert.match(
      stderr,
      /^!! There is no PostgreSQL for the tests: there are no programs for this machine$/m,
    );
    assert.match(stderr, /^!! NOT RUN: what needs it in stage-01-one\.$/m);
    assert.match(stderr, /or bring your own\.$/m);
    assert.match(stdout, /^ℹ skipped 1$/m);
  });

  test('fails the run on CI, before any test', async (t) => {
    const root = createRepository(t, skipping, `, ${withoutServer}`);
    const env = { CI: 'true' };
    const { stdout, stderr, exitCode } = await runProgram(t, join(root, 'run.ts'), [], { cwd: root, env });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^!! CI=true/m);
    assert.ok(!stdout.includes('ℹ tests'));
  });
});
