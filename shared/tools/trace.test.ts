import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { createFolder, runProgram } from '@medcenter/shared/testing';
import { ROOT } from '../stages.ts';

const RUN = join(ROOT, 'shared', 'run.mjs');
const traceId = 'a1'.repeat(16);
const span = {
  traceId,
  spanId: 'b2'.repeat(8),
  name: 'GET /health',
  kind: 'server',
  service: 'medcenter',
  start: '2091-03-05T10:00:00.000000Z',
  ms: 1.5,
  status: 'unset',
  attributes: { 'medcenter.request_id': 'by-hand' },
  links: [],
};

/** `npm run trace`, typed in a folder where somebody has one span. */
async function trace(t: TestContext, ...args: string[]) {
  const cwd = await createFolder(t);
  await mkdir(join(cwd, 'spans'));
  await writeFile(join(cwd, 'spans', 'medcenter.jsonl'), `${JSON.stringify(span)}\n`);
  // npm goes to the root first, and tells where it was called.
  const env = { SPANS_FOLDER: 'spans', OTEL_EXPORTER_OTLP_ENDPOINT: '', INIT_CWD: cwd };
  return await runProgram(t, RUN, ['trace', ...args], { cwd: ROOT, env });
}

suite('npm run trace', () => {
  test('draws a trace by its id, by the beginning of that, and by the id of a request', async (t) => {
    for (const id of [traceId, traceId.slice(0, 7), 'by-hand']) {
      const { stdout, stderr, exitCode } = await trace(t, id);
      assert.deepEqual([stderr, exitCode], ['', 0]);
      assert.match(stdout, new RegExp(`^trace ${traceId} .* 1 span {2}1 process$`, 'm'));
      assert.match(stdout, /^GET \/health +medcenter +1\.50 ms {2}█+$/m);
    }
  });

  test('takes the flags of the command, and without an id shows the last ones', async (t) => {
    const { stdout, exitCode } = await trace(t, '--json');
    assert.equal(exitCode, 0);
    assert.deepEqual(
      JSON.parse(stdout).map((each: { traceId: string }) => each.traceId),
      [traceId],
    );
  });

  test('ends with 1 where there is no such trace, and with 2 on a wrong flag', async (t) => {
    const missing = await trace(t, 'nobody');
    assert.deepEqual([missing.stdout, missing.exitCode], ['', 1]);
    assert.match(missing.stderr, /^No trace and no request with the id nobody /);
    assert.equal((await trace(t, '--no-such-flag')).exitCode, 2);
  });

  test('says in its help what an id is', async (t) => {
    const { stdout, exitCode } = await trace(t, '--help');
    assert.equal(exitCode, 0);
    assert.match(stdout, /of a trace, or its beginning; or X-Request-Id of an answer/);
  });
});
