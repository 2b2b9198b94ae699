import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { ReadStream } from 'node:tty';
import { readPassword } from '../src/cli/index.ts';

/** A keyboard on which this is typed, and what the screen showed. */
function createTerminal(typed: string, isTTY: boolean) {
  const input = Object.assign(new PassThrough(), { isTTY }) as unknown as ReadStream;
  const output = new PassThrough();
  (input as unknown as PassThrough).end(typed);
  return { input, output, shown: () => String(output.read() ?? '') };
}

const type = async (typed: string, { isTTY }: { isTTY: boolean }) => {
  const { input, output, shown } = createTerminal(typed, isTTY);
  const password = await readPassword(input, output).catch(({ details }) => details[0].message);
  return { password, shown: shown() };
};

test('at a terminal a password is asked for twice, and shown never', async () => {
  const once = { isTTY: true };
  assert.deepEqual(await type('tea at four\ntea at four\n', once), {
    password: 'tea at four',
    shown: 'Password: \nAgain: \n',
  });
  const corrected = await type('tea at fife\b\bve\ntea at five\n', once);
  assert.equal(corrected.password, 'tea at five');
  const differs = await type('tea at four\ntea at five\n', once);
  assert.deepEqual(
    [differs.password, differs.shown.includes('tea')],
    ['the password was not the same twice: try again', false],
  );
});

test('Ctrl-C, Ctrl-D and the end of the input end the question', async () => {
  for (const typed of ['', '\u0003', '\u0004', 'tea at four\n\u0003', 'tea at four\n']) {
    assert.equal(
      (await type(typed, { isTTY: true })).password,
      'the password was not given',
      JSON.stringify(typed),
    );
  }
});

test('where there is no terminal it is the first line of the input, as it is', async () => {
  for (const [typed, password] of [
    ['tea at four\nmore\n', 'tea at four'],
    ['tea at four', 'tea at four'],
    [' tea \r\n', ' tea '],
    ['\n', ''],
    ['', 'the password was not given'],
  ] as const) {
    assert.deepEqual(await type(typed, { isTTY: false }), { password, shown: '' }, JSON.stringify(typed));
  }
});
