import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite as describe, test } from 'node:test';
import { ROOT } from '../stages.ts';
import { startChild } from './children.ts';
import { suite } from './stage-01.ts';

const PYTHON = 'python3 shared/checks/examples/list_only.py';

/** `npm run check -- …`, as a person types it at the root. */
function check(...args: string[]) {
  const command = [process.execPath, join(ROOT, 'shared', 'run.mjs'), 'check', ...args];
  return startChild(command, { cwd: ROOT, timeLimit: 60_000 }).outcome;
}

interface Report {
  stage: number;
  passed: number;
  failed: number;
  skipped: number;
  checks: {
    name: string;
    outcome: string;
    failure?: { sent: string; expected: string; received: string; repeat: string };
  }[];
}

describe('wrong usage', () => {
  const cases: [string, string[], RegExp][] = [
    ['no stage', [], /There are checks for: 1/],
    ['an unknown stage', ['99'], /There are checks for: 1/],
    ['two stages', ['1', '2'], /One stage at a time/],
    [
      'an unknown check',
      ['1', '--only', 'no-such-check'],
      /no check called "no-such-check"[\s\S]*add-answers-with-the-record/,
    ],
    ['an unknown flag', ['1', '--fast'], /--fast/],
    ['a quote that is never closed', ['1', '--cmd', 'python3 "mine.py'], /never closed/],
    ['an empty command', ['1', '--cmd', ' '], /--cmd wants/],
    ['a broker that is none', ['5', '--kafka', 'kafka://127.0.0.1'], /--kafka wants host:port/],
    ['a broker for a server that runs', ['5', '--url', 'http://x', '--kafka', 'x:9092'], /--kafka are for a/],
  ];
  for (const [what, args, words] of cases) {
    test(`${what}: exit code 2, and words on stderr`, async () => {
      const { exitCode, stdout, stderr } = await check(...args);
      assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: '' });
      assert.match(stderr, words);
    });
  }
});

test('a failure shows all that one needs to understand and repeat it', async () => {
  const { exitCode, stdout } = await check('1', '--cmd', PYTHON, '--only', 'unknown-id-is-refused');
  assert.equal(exitCode, 1);
  const found = suite.checks.find(({ name }) => name === 'unknown-id-is-refused');
  assert.ok(found);
  for (const words of [found.why, found.hint, found.lesson]) assert.ok(stdout.includes(words), words);
  assert.match(stdout, /✗ unknown-id-is-refused \d+\.\d s/);
  assert.match(stdout, /sent .*python3 .*list_only\.py --find-by-id 0198c0de/);
  assert.match(stdout, /patients\.json \(\d+ bytes, mode \d+\):/);
  assert.match(stdout, /expected .*exit code 0/);
  assert.match(stdout, /received .*exit code 1/);
  assert.match(stdout, /stderr:\s+Only --list is written yet\./);
  assert.match(stdout, /patients\.json after: as before/);
  assert.match(stdout, /0 passed, 1 failed, in/);
  assert.ok(!stdout.includes('\u001b'), 'no colour into a pipe');
});

test('the lines to repeat a failure by hand do repeat it', {
  skip: process.platform === 'win32',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'medcenter-repeat-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { stdout } = await check(
    '1',
    '--cmd',
    PYTHON,
    '--only',
    'table-lines-up-with-wide-letters',
    '--json',
  );
  const [result] = (JSON.parse(stdout) as Report).checks;
  const { repeat = '', received = '' } = result?.failure ?? {};
  const again = await startChild(['bash', '-c', repeat], { cwd: folder, env: { TMPDIR: folder } }).outcome;
  assert.ok(again.stdout.includes('山田'));
  for (const line of again.stdout.trim().split('\n')) assert.ok(received.includes(line), line);
});

test('a program of 15 lines in Python that can only list passes what it should, and nothing else', async () => {
  const { exitCode, stdout, stderr } = await check('1', '--cmd', PYTHON, '--json');
  const report = JSON.parse(stdout) as Report;
  assert.equal(exitCode, 1);
  const named = (outcome: string) =>
    report.checks.filter((one) => one.outcome === outcome).map(({ name }) => name);
  assert.deepEqual(named('passed'), [
    'list-of-nobody-is-empty',
    'list-shows-everybody',
    'list-is-a-table-for-people',
  ]);

  const { stage, passed, failed, skipped } = report;
  assert.deepEqual(
    { stage, passed, failed: failed + skipped },
    { stage: 1, passed: 3, failed: suite.checks.length - 3 },
  );
  assert.match(stderr, /✓ list-shows-everybody/, 'progress goes to stderr');
  for (const { name, failure } of report.checks.filter((one) => one.outcome === 'failed')) {
    for (const words of Object.values(failure ?? {})) assert.match(words, /\S/, name);
    assert.doesNotMatch(failure?.received ?? '', /^\w*Error|\.ts:\d/, `${name} stumbled itself`);
  }
});
