import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder } from '@medcenter/shared/testing';
import { askFindings } from './conversation.ts';
import { openNotes, whereKept } from './notes.ts';
import { createFile } from './testing/samples.ts';

const files = [createFile('a.ts')];

/** Sessions with one person, whose notes stay between them. */
async function createDesk(t: TestContext) {
  const notes = openNotes({ number: 1, folder: 'stage-01-core', path: '' }, await createFolder(t));
  /** Each text is typed when the one before it has been answered; then the input ends. */
  const sit = async (...typed: string[]) => {
    // Node asks of a terminal no more than this.
    const [input, output] = [
      new PassThrough(),
      Object.assign(new PassThrough(), { isTTY: true, columns: 80 }),
    ];
    let shown = '';
    output.setEncoding('utf8').on('data', (chunk) => {
      shown += chunk;
    });
    const asking = askFindings({ input, output, files, notes });
    for (const [index, each] of typed.entries()) {
      while (shown.split('> ').length <= index + 1) await sleep(1);
      input.write(each);
    }
    input.end();
    const findings = await asking;
    return { consequences: findings?.map(({ consequence }) => consequence), shown };
  };
  return { notes, sit };
}

test('findings are taken until a blank line, and kept', async (t) => {
  const { notes, sit } = await createDesk(t);
  const { consequences, shown } = await sit('a.ts:1 one\n', 'a.ts:2 two\n', '\na.ts:3 too late\n');
  assert.deepEqual(consequences, ['one', 'two']);
  assert.match(shown, /finding 1> .*finding 2> .*finding 3> /s);
  assert.equal(await readFile(notes.path, 'utf8'), 'a.ts:1 one\na.ts:2 two\n');
});

test('the end of the input ends the review too, and lines may come all at once', async (t) => {
  const { sit } = await createDesk(t);
  assert.deepEqual((await sit('a.ts:1 one\na.ts:2 two\n')).consequences, ['one', 'two']);
});

test('a line that cannot be read is told its remedy, and comes back to be mended', async (t) => {
  const { sit } = await createDesk(t);
  // The second line is typed behind what came back of the first.
  const { consequences, shown } = await sit('a.ts:1\n', ' is wrong\n', '\n');
  assert.match(shown, /This line does not say what goes wrong/);
  assert.deepEqual(consequences, ['is wrong']);
});

test('an earlier session is shown, and counts', async (t) => {
  const { sit } = await createDesk(t);
  await sit('a.ts:1 one\n', '\n');
  const { consequences, shown } = await sit('a.ts:2 two\n', '\n');
  assert.deepEqual(consequences, ['one', 'two']);
  assert.match(shown, /Your findings of before count too .*\n {2}a\.ts:1 one\n/);
});

test('Ctrl-C leaves without a grade, and what was typed is kept', async (t) => {
  const { notes, sit } = await createDesk(t);
  assert.equal((await sit('a.ts:1 one\n', '\u0003')).consequences, undefined);
  assert.equal(await notes.read(), 'a.ts:1 one\n');
});

test('one who leaves is told of kept findings, if there are any', async (t) => {
  const { notes, sit } = await createDesk(t);
  assert.equal((await sit('\u0003')).consequences, undefined);
  assert.equal(whereKept(notes), 'No finding was taken, so none is kept.');
  await sit('a.ts:1 one\n', '\u0003');
  assert.match(whereKept(notes), /^Your findings are kept in .*stage-01-core\.txt; the same command goes on/);
});
