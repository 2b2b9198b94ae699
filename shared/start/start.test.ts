import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import { ROOT } from '../stages.ts';
import { SAMPLE_PEOPLE } from './sample-people.ts';

const RUN = join(ROOT, 'shared', 'run.mjs');
const timeoutMs = 60_000;

/** `npm start` on a free port, with a data file of the test's own; and all that it says until the server is ready. */
async function startNewest(t: TestContext) {
  const folder = await createFolder(t);
  const file = join(folder, 'data', 'patients.json');
  const env = { PORT: '0', DATA_FILE: file };
  const child = startProgram(t, RUN, ['start'], { cwd: folder, env, timeoutMs });
  let said = '';
  for await (const chunk of child.stderr?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ?? []) {
    said += chunk;
    if (said.includes('is a guided tour.\n')) break;
  }
  return { child, said, file };
}

describe('npm start', () => {
  test('serves a few people, and every address that it names answers', async (t) => {
    const { child, said, file } = await startNewest(t);
    const urls = said.match(/http:[^\s"]+/g) ?? [];
    assert.ok(urls.some((url) => url.endsWith('/docs')) && urls.length > 3, said);
    for (const url of urls.filter((each) => !each.endsWith('/api/v1')))
      assert.equal((await fetch(url)).status, 200, url);
    assert.equal(said.match(/^ {2}curl /gm)?.length, 2);
    assert.equal(JSON.parse(await readFile(file, 'utf8')).patients.length, SAMPLE_PEOPLE.length);
    const search = urls.find((url) => url.includes('search=')) ?? '';
    const { items } = (await (await fetch(search)).json()) as { items: unknown[] };
    assert.equal(items.length, 1);

    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  test('says in one line that the port is taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    const cwd = await createFolder(t);
    const env = { PORT: String(port), DATA_FILE: join(cwd, 'patients.json') };
    const { stderr, exitCode } = await runProgram(t, RUN, ['start'], { cwd, env, timeoutMs });
    assert.deepEqual(
      [stderr, exitCode],
      [`Another program listens on 127.0.0.1:${port}: end it, or set PORT.\n`, 1],
    );
  });

  test('names a wrong variable', async (t) => {
    const cwd = await createFolder(t);
    const { stderr, exitCode } = await runProgram(t, RUN, ['start'], { cwd, env: { PORT: 'x' }, timeoutMs });
    assert.equal(exitCode, 2);
    assert.match(stderr, /^PORT holds "x", and wants a port.*\n$/);
  });

  test('of a stage without a server shows who is there, and what to type', async (t) => {
    const { stdout, exitCode } = await runProgram(t, RUN, ['start', '1'], {
      cwd: await createFolder(t),
      timeoutMs,
    });
    assert.equal(exitCode, 0);
    assert.match(stdout, /^Stage 1 keeps its patients in stage-01-core\/data\/patients\.json:$/m);
    assert.match(stdout, / {2}npm run -s stage:1 -- --file \S+ --list --search мария/);
  });

  test('of a stage that there is not says which there are', async (t) => {
    const { stderr, exitCode } = await runProgram(t, RUN, ['start', '9'], { cwd: await createFolder(t) });
    assert.equal(exitCode, 2);
    assert.match(stderr, /There is no stage "9"\. There are: 1 \(stage-01-core\), 2 /);
  });
});
