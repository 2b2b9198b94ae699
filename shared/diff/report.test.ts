import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTree, packageJson } from '../architecture/testing.ts';
import { listStages, ROOT } from '../stages.ts';
import { runProgram } from '../testing/index.ts';
import { type Difference, differenceOf } from './difference.ts';
import { reportOf, wrap } from './report.ts';

const plain = { width: 100, paint: (_: unknown, text: string) => text };
const entry = { mark: 'added', group: '', name: '' } as const;
const difference: Difference = {
  stage: { number: 2, folder: 'stage-02-two' },
  previous: { number: 1, folder: 'stage-01-one' },
  description: 'Stage 2: the same over HTTP.',
  warnings: ['Something could not be read.'],
  sections: [
    {
      key: 'files',
      title: 'Files',
      layout: 'files',
      newGroups: [],
      entries: [
        { ...entry, group: 'src/domain', name: 'stage-02-two/src/domain/a.ts', detail: '120' },
        { ...entry, group: 'src/domain', name: 'stage-02-two/src/domain/b.ts', detail: '3' },
        { ...entry, name: 'stage-02-two/test/', detail: '9 in 1 file' },
      ],
    },
    {
      key: 'names',
      title: 'Names at the doors',
      layout: 'names',
      newGroups: ['cache'],
      entries: [
        { ...entry, group: 'cache', name: 'createCache' },
        { ...entry, group: 'cache', name: 'Cache', isType: true },
        { ...entry, group: 'config', name: 'variables', mark: 'changed' },
      ],
    },
    {
      key: 'root',
      title: 'The composition root',
      layout: 'lines',
      newGroups: [],
      entries: [
        { mark: 'removed', group: 'stage-01-one/src/main.ts', name: 'const a = 1;' },
        { mark: 'same', group: 'stage-02-two/src/app/index.ts', name: '  b();' },
        { mark: 'added', group: 'stage-02-two/src/app/index.ts', name: '' },
        { mark: 'added', group: 'stage-02-two/src/app/more.ts', name: 'c();' },
      ],
    },
    {
      key: 'configuration',
      title: 'Configuration',
      layout: 'table',
      note: 'variable, default',
      newGroups: [],
      entries: [
        { ...entry, name: 'PORT', value: '3000', detail: 'a port' },
        { ...entry, name: 'LONG', value: 'x', detail: `${'words '.repeat(20)}end` },
        { ...entry, mark: 'changed', name: 'HOST', value: '::1', before: '127.0.0.1' },
      ],
    },
  ],
};

suite('the report for people', () => {
  test('reads like this', () => {
    assert.equal(
      reportOf(difference, plain).join('\n'),
      `
Stage 2, stage-02-two: what it adds to stage 1, stage-01-one
The same over HTTP.

Files  2 new, 123 lines
  src/domain    120  a.ts
                  3  b.ts
  test/           9 in 1 file

Names at the doors  2 new, 1 replaced
  cache (new)  + createCache
               + types Cache
  config       ~ variables

The composition root
  stage-02-two/src/app/index.ts
  - const a = 1;
      b();
  +
  stage-02-two/src/app/more.ts
  + c();

Configuration  variable, default
  + PORT  3000  a port
  + LONG  x     words words words words words words words words words words words words words words
                words words words words words words end
  ~ HOST  ::1   was 127.0.0.1

Something could not be read.
`,
    );
  });

  test('says so when a stage adds nothing', () => {
    assert.match(reportOf({ ...difference, sections: [] }, plain).join('\n'), /Nothing yet\.\n$/);
  });

  test('fits the page, whatever is in it', async (t) => {
    const names = Array.from({ length: 60 }, (_, index) => `createThingNumber${index}`);
    const root = createTree(t, {
      'stage-01-one/package.json': packageJson('stage-01-one', { description: 'word '.repeat(50) }),
      'stage-01-one/src/app/index.ts': `export const start = () => { ${names.join('; ')} };\n`,
      'stage-01-one/src/domain/index.ts': names.map((name) => `export const ${name} = 1;\n`).join(''),
      'stage-01-one/src/cli/index.ts': `cli.option('a', { describe: '${names.join(' ')}' });\n`,
    });
    for (const width of [60, 100]) {
      const lines = reportOf(await differenceOf('1', root), { ...plain, width });
      assert.ok(lines.length > 20);
      assert.deepEqual(
        lines.filter((line) => line.length > width),
        [],
      );
    }
  });
});

test('wrap keeps a word whole', () => {
  assert.deepEqual(wrap('a bb ccc', 4), ['a bb', 'ccc']);
  assert.deepEqual(wrap('aaaaaa b', 3), ['aaaaaa', 'b']);
});

suite('npm run diff, over the real stages', () => {
  const run = fileURLToPath(new URL('../run.mjs', import.meta.url));

  for (const { number, folder } of listStages()) {
    test(`stage ${number} fits 100 columns and has no colour in a pipe`, async (t) => {
      const { stdout, stderr, exitCode } = await runProgram(t, run, ['diff', String(number)], { cwd: ROOT });
      assert.equal(stderr, '');
      assert.equal(exitCode, 0);
      assert.ok(stdout.includes(folder));
      for (const title of ['Files', 'Names at the doors', 'The composition root']) {
        assert.ok(stdout.includes(`\n${title}`), title);
      }
      assert.ok(!stdout.includes('\u001b'));
      assert.deepEqual(
        stdout.split('\n').filter((line) => line.length > 100),
        [],
      );
    });
  }

  test('the first stage for machines', async (t) => {
    const { stdout } = await runProgram(t, run, ['diff', '1', '--json'], { cwd: ROOT });
    const { stage, previous, sections, warnings } = JSON.parse(stdout) as Difference;
    assert.deepEqual(stage, { number: 1, folder: 'stage-01-core' });
    assert.equal(previous, null);
    assert.deepEqual(warnings, []);
    const names = sections.find(({ key }) => key === 'names')?.entries ?? [];
    assert.ok(names.some(({ group, name }) => group === 'domain' && name === 'createPatient'));
    const keys = sections.find(({ key }) => key === 'configuration')?.entries ?? [];
    assert.ok(keys.some(({ name, value }) => name === 'DATA_FILE' && value === 'patients.json'));
  });

  test('a wrong command line gets one line and exit 2', async (t) => {
    for (const args of [['diff', '99'], ['diff'], ['diff', '1', '--jsn']]) {
      const { stdout, stderr, exitCode } = await runProgram(t, run, args, { cwd: ROOT });
      assert.equal(stdout, '');
      assert.equal(exitCode, 2);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    }
  });
});
