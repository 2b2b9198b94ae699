import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { askPostgres } from '../services/postgres-url.ts';
import { waitUntil } from '../services/wait.ts';
import { createFolder, runProgram } from './index.ts';
import { createDatabase, needsPostgres, startPostgres } from './postgres.ts';

async function createTable(url: string): Promise<void> {
  await askPostgres(url, 'CREATE TABLE note (text text)');
}

/** A connection of the test's own, closed after it. */
async function connect(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 500 });
  client.on('error', () => {});
  t.after(() => client.end());
  await client.connect();
  return client;
}

test('a suite that needs PostgreSQL runs with it, is loudly skipped without, and on CI fails', () => {
  assert.deepEqual(needsPostgres({ TEST_POSTGRES_URL: 'postgresql://somewhere', CI: 'true' }), {
    skip: false,
  });
  assert.match(String(needsPostgres({}).skip), /^NOT RUN, needs PostgreSQL: .*npm test.*TEST_POSTGRES_URL/);
  assert.throws(() => needsPostgres({ CI: 'true' }), /CI=true/);
});

suite('a database for a test', needsPostgres(), () => {
  test('is empty, is the test’s own, and is gone after it, also when it leaves a connection', async (t) => {
    const urls: string[] = [];
    await t.test('the test', async (t) => {
      urls.push(await createDatabase(t), await createDatabase(t));
      for (const url of urls) await createTable(url);
      // These hooks come after the one that drops the database: the connection must still end in peace.
      t.after(() => sleep(300));
      const client = await connect(t, urls[0] ?? '');
      client.on('error', (error) => assert.fail(error));
    });
    for (const url of urls) await waitUntil(() => isGone(url), { what: 'the drop', patienceMs: 5000 });
  });

  test('has the shape that is asked for, made once for all tests that begin at once', async (t) => {
    let calls = 0;
    const migrate = async (url: string) => {
      calls += 1;
      await createTable(url);
    };
    const urls = await Promise.all(Array.from({ length: 20 }, () => createDatabase(t, migrate)));
    assert.equal(calls, 1);
    assert.equal(new Set(urls).size, 20);
    const [first = '', second = ''] = urls;
    await askPostgres(first, "INSERT INTO note VALUES ('mine')");
    assert.deepEqual(await askPostgres(first, 'SELECT * FROM note'), [{ text: 'mine' }]);
    assert.deepEqual(await askPostgres(second, 'SELECT * FROM note'), []);
  });

  test('leaves nothing on a server of the person’s own, not even the template', async (t) => {
    const { url } = await startPostgres(t);
    const folder = await createFolder(t);
    const file = join(folder, 'a.test.ts');
    const library = pathToFileURL(join(import.meta.dirname, 'postgres.ts')).href;
    writeFileSync(
      file,
      `import { test } from 'node:test';
       import { createDatabase } from ${JSON.stringify(library)};
       test('one', async (t) => { await createDatabase(t, async () => {}); });`,
    );
    const env = { TEST_POSTGRES_URL: url };
    const { stdout, exitCode } = await runProgram(t, file, [], { cwd: folder, env });
    assert.equal(exitCode, 0, stdout);
    const rest = await askPostgres(url, "SELECT datname FROM pg_database WHERE datname LIKE 'medcenter%'");
    assert.deepEqual(rest, []);
  });
});

async function isGone(url: string): Promise<boolean> {
  // 3D000: invalid_catalog_name.
  return await askPostgres(url).then(
    () => false,
    (error: { code?: string }) => error.code === '3D000',
  );
}

suite('a server for a test', needsPostgres(), () => {
  test('freezes and thaws, dies and comes back with its data, and is gone after the test', async (t) => {
    let port = 0;
    await t.test('the test', async (t) => {
      const server = await startPostgres(t);
      port = Number(new URL(server.url).port);
      const client = await connect(t, server.url);
      await client.query("CREATE TABLE note AS SELECT 'kept' AS text");

      await server.freeze();
      const late = client.query('SELECT 1 AS one');
      await assert.rejects(connect(t, server.url), 'a new connection is taken and not answered');
      assert.equal(await Promise.race([late, sleep(200, 'silence')]), 'silence');
      await server.thaw();
      assert.deepEqual((await late).rows, [{ one: 1 }]);

      await server.kill();
      await assert.rejects(askPostgres(server.url), { code: 'ECONNREFUSED' });
      await server.restart();
      assert.deepEqual(await askPostgres(server.url, 'SELECT * FROM note'), [{ text: 'kept' }]);

      await server.stop();
      await assert.rejects(askPostgres(server.url), { code: 'ECONNREFUSED' });
      await server.restart();
      await server.freeze();
    });
    await assert.rejects(askPostgres(`postgresql://postgres@127.0.0.1:${port}/postgres`), {
      code: 'ECONNREFUSED',
    });
  });
});
