import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createFolder } from '@medcenter/shared/testing';
import { type Choice, readChoice } from './keys.ts';
import { type Place, runTour, type Stage, type Step } from './tour.ts';
import { wrapText } from './wrap-text.ts';

/** A stage that writes down all that is shown. */
async function createStage(t: TestContext, overrides: Partial<Stage> = {}) {
  const path = join(await createFolder(t), 'shown.txt');
  const file = await open(path, 'a');
  t.after(() => file.close());
  const plain = (text: string) => text;
  const stage: Stage = {
    columns: 80,
    output: file.fd,
    print: async (text) => void (await file.write(`${text}\n`)),
    strong: plain,
    faint: plain,
    signal: new AbortController().signal,
    ...overrides,
  };
  return { stage, shown: () => readFile(path, 'utf8') };
}

const tourOf = (...steps: Step[]) => ({ title: 'A tour', steps, shown: ['the end;'] });
const hello: Step = { say: 'It greets.', run: ['node -p "1 + 1"'] };

describe('a tour', () => {
  test('says, runs, and says at the end what was shown', async (t) => {
    const { stage, shown } = await createStage(t);
    assert.equal(await runTour(tourOf(hello), stage), 0);
    const text = await shown();
    assert.match(text, /^A tour\n\nA tour in 1 steps/);
    assert.match(text, /\[1\/1\] It greets\.\n\n\$ node -p "1 \+ 1"\n2\n\nWhat you saw\n\n- the end;\n$/);
  });

  test('ends with exit code 1 at a command that does not end as it should, in either way', async (t) => {
    const fails: Step = { say: '', run: ['node -e "process.exit(3)"'] };
    const { stage, shown } = await createStage(t);
    assert.equal(await runTour(tourOf(fails, hello), stage), 1);
    assert.match(await shown(), /left with exit code 3, and should have left with 0/);
    assert.doesNotMatch(await shown(), /It greets/);
    assert.equal(await runTour(tourOf({ ...hello, exit: 1 }), stage), 1);
    assert.equal(await runTour(tourOf({ ...fails, exit: 3 }), stage), 0);
  });

  test('makes a command from what lies in its folder', async (t) => {
    const run = async ({ folder }: Place) => {
      await writeFile(join(folder, 'number.txt'), '42');
      return [`node -p "fs.readFileSync('number.txt', 'utf8')"`];
    };
    const { stage, shown } = await createStage(t);
    assert.equal(await runTour(tourOf({ say: '', run }), stage), 0);
    assert.match(await shown(), /^42$/m);
  });

  test('waits for the viewer before each step, who may leave', async (t) => {
    for (const [choices, exitCode, ran] of [
      [['go on', 'go on'], 0, 2],
      [['go on', 'leave'], 0, 1],
      [['interrupt'], 130, 0],
    ] as [Choice[], number, number][]) {
      const pause = async () => choices.shift() ?? 'leave';
      const { stage, shown } = await createStage(t, { pause });
      assert.equal(await runTour(tourOf(hello, hello), stage), exitCode);
      assert.equal((await shown()).match(/^2$/gm)?.length ?? 0, ran);
      assert.match(await shown(), /Enter goes on, q leaves/);
    }
  });

  test('ends its command when it is interrupted', async (t) => {
    const { stage } = await createStage(t, { signal: AbortSignal.timeout(300) });
    const started = performance.now();
    const endless: Step = { say: '', run: ['node -e "setInterval(() => {}, 1000)"'] };
    assert.equal(await runTour(tourOf(endless), stage), 130);
    assert.ok(performance.now() - started < 10_000);
  });
});

const SERVER = `
const { PORT } = process.env;
require('node:http').createServer((request, response) => {
  console.log('asked ' + request.url);
  response.end('Hello');
}).listen(PORT, '127.0.0.1', () => console.log('ready on ' + PORT));
process.once('SIGINT', () => process.exit(0));
`.replaceAll(/\s+/g, ' ');
const ask = (path: string) =>
  `node -e "fetch('http://127.0.0.1:3000${path}').then((answer) => answer.text()).then(console.log)"`;

describe('a tour with a server', () => {
  const start: Step = { say: '', server: { start: `node -e "${SERVER}"`, ready: 'ready' } };

  test('starts it, asks it, shows what it wrote of one thing, and ends it', async (t) => {
    const { stage, shown } = await createStage(t);
    const asks: Step = {
      say: '',
      run: async ({ port }) => [ask('/one'), ask('/two').replace('3000', String(port))],
    };
    const steps: Step[] = [start, asks, { say: '', server: { show: '/two' } }, { say: '', server: 'Ctrl-C' }];
    assert.equal(await runTour(tourOf(...steps), stage), 0);
    const text = await shown();
    assert.equal(text.match(/^Hello$/gm)?.length, 2);
    assert.match(text, /^asked \/two$/m);
    assert.doesNotMatch(text, /^asked \/one$/m);
    assert.match(text, /\^C\nIt ended, with exit code 0\.$/m);
  });

  test('shows the end of one that was told to end, and that it ended well', async (t) => {
    for (const [code, exitCode] of [
      [0, 0],
      [3, 1],
    ] as const) {
      const program = `console.log('ready'); setTimeout(() => { console.log('good-bye'); process.exit(${code}) }, 300)`;
      const { stage, shown } = await createStage(t);
      const begins: Step = { say: '', server: { start: `node -e "${program}"`, ready: 'ready' } };
      const ends: Step = { say: '', server: { ends: 'good-bye' } };
      assert.equal(await runTour(tourOf(begins, ends), stage), exitCode);
      const said = code === 0 ? 'It ended, with exit code 0.' : 'it ended with exit code 3.';
      assert.match(await shown(), /^good-bye$/m);
      assert.ok((await shown()).includes(said));
      assert.doesNotMatch(await shown(), /\^C/);
    }
  });

  test('leaves no server behind when it ends early', async (t) => {
    const { stage, shown } = await createStage(t);
    const fails: Step = { say: '', run: ['node -e "process.exit(3)"'] };
    assert.equal(await runTour(tourOf(start, fails), stage), 1);
    const [, port] = /^ready on (\d+)$/m.exec(await shown()) ?? [];
    assert.ok(port);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  });

  test('ends with 1 when the server does not start, and when there is none', async (t) => {
    const broken: Step = { say: '', server: { start: 'node -e "console.log(7)"', ready: 'ready' } };
    for (const step of [broken, { say: '', server: 'Ctrl-C' } as const]) {
      const { stage, shown } = await createStage(t);
      assert.equal(await runTour(tourOf(step), stage), 1);
      assert.match(await shown(), /The server is not as it should be/);
    }
  });

  test('says which program the machine does not have', async (t) => {
    const { stage, shown } = await createStage(t);
    assert.equal(await runTour({ ...tourOf(hello), needs: ['no-such-program'] }, stage), 1);
    assert.match(await shown(), /^This tour needs no-such-program/);
  });
});

describe('a key', () => {
  function createInput() {
    const calls: string[] = [];
    const input = Object.assign(new EventEmitter(), {
      setRawMode: (raw: boolean) => calls.push(raw ? 'raw' : 'as it was'),
      resume: () => calls.push('listens'),
      pause: () => calls.push('rests'),
    });
    return { input, calls };
  }
  const never = new AbortController().signal;

  test('means go on, leave or interrupt; others mean nothing; and the terminal is left as it was', async () => {
    for (const [keys, choice] of [
      [['\r'], 'go on'],
      [['x', '\u001b[A', ' '], 'go on'],
      [['q'], 'leave'],
      [['\u0004'], 'leave'],
      [['\u0003'], 'interrupt'],
    ] as [string[], Choice][]) {
      const { input, calls } = createInput();
      const chosen = readChoice(input, never);
      for (const key of keys) input.emit('data', Buffer.from(key));
      assert.equal(await chosen, choice);
      assert.deepEqual(calls, ['raw', 'listens', 'rests', 'as it was']);
      assert.deepEqual(input.eventNames(), []);
    }
  });

  test('is not waited for when the terminal goes away or a signal comes', async () => {
    const { input, calls } = createInput();
    const chosen = readChoice(input, never);
    input.emit('close');
    assert.equal(await chosen, 'leave');
    assert.equal(await readChoice(input, AbortSignal.abort()), 'interrupt');
    assert.equal(calls.at(-1), 'as it was');
  });
});

test('a text is wrapped at its spaces', () => {
  assert.equal(wrapText('one two three', 8), 'one two\nthree');
  assert.equal(wrapText('one two three', 8, '  '), 'one two\n  three');
  assert.equal(wrapText('one two three', 10, '', 6), 'one\ntwo three');
  assert.equal(wrapText('incomprehensibilities', 8), 'incomprehensibilities');
});
