import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createTree, type Tree } from '../architecture/testing.ts';
import { ROOT, UsageError } from '../stages.ts';
import { runProgram } from '../testing/index.ts';
import { runScript, runSteps } from '../tools/ci.ts';
import { chooseWorkspaces } from './workspaces.ts';

const passing = "import { test } from 'node:test';\ntest('adds', () => {});\ntest('takes', () => {});\n";
const failing = "import { test } from 'node:test';\ntest('breaks', () => { throw new Error('no'); });\n";
const tree: Tree = {
  'stage-01-one/test/deep/a.test.ts': passing,
  'stage-01-one/src/b.test.ts': passing,
  'stage-01-one/src/b.ts': '',
  'stage-01-one/node_modules/x/c.test.ts': failing,
  'stage-01-one/data/c.test.ts': failing,
  'stage-01-one/dist/c.test.js': failing,
  'shared/d.test.ts': passing,
  // tsx is found from the tree under test, as it is from a clone.
  'package.json': '{ "type": "module" }',
  'run.ts': [
    `import { runTests } from ${JSON.stringify(pathToFileURL(join(ROOT, 'shared', 'test-run', 'run-tests.ts')).href)};`,
    'process.exitCode = await runTests(process.argv.slice(2), import.meta.dirname);',
  ].join('\n'),
  'node_modules/tsx/package.json': '{ "exports": "./index.js", "type": "module" }',
  'node_modules/tsx/index.js': '// Node strips the types itself.\n',
};

async function run(t: TestContext, args: string[], files: Tree = {}, env: Record<string, string> = {}) {
  const root = createTree(t, { ...tree, ...files });
  return await runProgram(t, join(root, 'run.ts'), args, { cwd: root, env });
}

test('workspaces are the stages and shared, with every test file in them', (t) => {
  const root = createTree(t, tree);
  const described = (names: string[]) =>
    chooseWorkspaces(names, root).map(({ name, folder, files }) => ({ name, folder, files: files.length }));
  const one = { name: '1', folder: 'stage-01-one', files: 2 };
  const shared = { name: 'shared', folder: 'shared', files: 1 };
  assert.deepEqual(described([]), [one, shared]);
  assert.deepEqual(described(['1']), [one]);
  assert.deepEqual(described(['shared']), [shared]);
  assert.throws(() => chooseWorkspaces(['2'], root), UsageError);
});

test('the proofs of the checks are a workspace of their own, and run by its name alone', (t) => {
  const files = { 'shared/checks/wrong/stage-01.test.ts': failing, 'shared/checks/a.test.ts': passing };
  const root = createTree(t, { ...tree, ...files });
  const described = (names: string[]) =>
    chooseWorkspaces(names, root).flatMap((workspace) => workspace.files);
  const [own, wrong] = [
    join('shared', 'checks', 'a.test.ts'),
    join('shared', 'checks', 'wrong', 'stage-01.test.ts'),
  ];
  assert.deepEqual(described(['wrong']), [wrong]);
  assert.deepEqual(described(['shared']), [own, join('shared', 'd.test.ts')]);
  assert.ok(described([]).includes(own) && !described([]).includes(wrong));
});

test('folders that programs write into are left out directly under a workspace, and nowhere else', (t) => {
  const deep = ['coverage', 'data', 'dist'].map((name) => join('shared', 'src', name, 'a.test.mts'));
  const files = Object.fromEntries(deep.map((path) => [path.replaceAll('\\', '/'), passing]));
  const root = createTree(t, { ...files, 'shared/coverage/a.test.ts': failing });
  assert.deepEqual(chooseWorkspaces(['shared'], root), [
    { name: 'shared', folder: 'shared', files: deep, misnamed: [] },
  ]);
});

suite('a run', () => {
  test('counts files, runs all tests and lets the closing lines through', async (t) => {
    const { stdout, stderr, exitCode } = await run(t, []);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^stage-01-one {4}2 test files\nshared {10}1 test file\n/);
    assert.match(stdout, /^ℹ tests 6$/m);
    assert.match(stdout, /^ℹ pass 6$/m);
    assert.match(stdout, /^ℹ duration_ms /m);
  });

  test('of one workspace', async (t) => {
    const { stdout, exitCode } = await run(t, ['1']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^ℹ tests 4$/m);
    assert.ok(!stdout.includes('shared'));
  });

  test('hands options on, and narrows to test files by name', async (t) => {
    const named = await run(t, ['1', '--test-name-pattern=adds']);
    assert.equal(named.exitCode, 0);
    assert.match(named.stdout, /^ℹ pass 2$/m);
    const spaced = await run(t, ['--test-name-pattern', 'takes']);
    assert.match(spaced.stdout, /^ℹ pass 3$/m);
    const narrowed = await run(t, ['1', 'deep/a.test.ts']);
    assert.match(narrowed.stdout, /^ℹ tests 2$/m);
    const dotted = await run(t, ['shared', '--test-reporter=dot']);
    assert.equal(dotted.exitCode, 0, dotted.stderr);
    assert.match(dotted.stdout, /^\.\.$/m);
  });

  test('takes *.test.mts too', async (t) => {
    const { stdout, exitCode } = await run(t, ['shared', 'e.test.mts'], { 'shared/e.test.mts': passing });
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /^ℹ tests 2$/m);
  });

  test('fails with a failing test', async (t) => {
    const { stdout, exitCode } = await run(t, [], { 'shared/e.test.ts': failing });
    assert.equal(exitCode, 1);
    assert.match(stdout, /^ℹ fail 1$/m);
  });

  test('keeps what npm and a test runner put into the environment from the tests', async (t) => {
    const file = [
      "import { test } from 'node:test';",
      "test('clean', () => {",
      '  const names = Object.keys(process.env).filter((name) => /^npm_|INIT_CWD|NODE_RUN/i.test(name));',
      "  if (names.length > 0 || process.env.KEPT !== 'yes') throw new Error(names.join());",
      '});',
    ].join('\n');
    const env = {
      INIT_CWD: '/',
      NODE_RUN_SCRIPT_NAME: 'test',
      npm_lifecycle_event: 'test',
      npm_config_json: 'true',
      KEPT: 'yes',
    };
    const { stdout, exitCode } = await run(t, ['shared'], { 'shared/d.test.ts': file }, env);
    assert.equal(exitCode, 0, stdout);
  });
});

suite('nothing is green where nothing ran', () => {
  test('a workspace without test files', async (t) => {
    const { stderr, exitCode } = await run(t, [], { 'stage-02-two/src/main.ts': '' });
    assert.equal(exitCode, 1);
    assert.equal(stderr, 'No test file (*.test.ts, *.test.mts) in stage-02-two.\n');
  });

  test('but a suite that says why it is left out is no silence', async (t) => {
    const left =
      "import { suite, test } from 'node:test';\nsuite('far', { skip: 'no server' }, () => { test('a', () => {}); });\n";
    const { exitCode, stdout, stderr } = await run(t, ['1'], { 'stage-01-one/far.test.ts': left });
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /far.*no server/);
  });

  test('a test file without tests', async (t) => {
    const { stderr, exitCode } = await run(t, ['1'], { 'stage-01-one/empty.test.ts': 'export {};\n' });
    assert.equal(exitCode, 1);
    assert.equal(stderr, `No test in ${join('stage-01-one', 'empty.test.ts')}.\n`);
  });

  test('a file that is called like a test and would not be run', async (t) => {
    for (const path of ['shared/e.test.js', 'shared/data-model/e.test.tsx']) {
      const { stdout, stderr, exitCode } = await run(t, [], { [path]: passing });
      assert.deepEqual([stdout, exitCode], ['', 1]);
      const file = join(...path.split('/'));
      assert.equal(stderr, `A test file is called *.test.ts or *.test.mts. Rename ${file}.\n`);
    }
  });

  test('a pattern that no test fits, and a file that there is not', async (t) => {
    const pattern = await run(t, ['--test-name-pattern=nothing']);
    assert.equal(pattern.exitCode, 1);
    assert.equal(pattern.stderr, 'No test ran, so nothing is shown.\n');
    const file = await run(t, ['none.test.ts']);
    assert.equal(file.exitCode, 1);
    assert.equal(file.stderr, 'No test file is called none.test.ts.\n');
  });

  test('a workspace that there is not, by the real door', async (t) => {
    const door = fileURLToPath(new URL('../run.mjs', import.meta.url));
    const { stderr, exitCode } = await runProgram(t, door, ['test', 'nine'], { cwd: ROOT });
    assert.equal(exitCode, 2);
    assert.match(stderr, /^There are no tests called "nine"\. There are: 1, .*shared, wrong\.\n$/);
  });
});

test('ci runs the steps in order, names and times them, and stops at the first failure', async (t) => {
  const lines: string[] = [];
  t.mock.method(console, 'log', (line: string) => lines.push(line.trim()));
  let clock = 0;
  const now = () => {
    clock += 500;
    return clock;
  };
  assert.equal(await runSteps(['lint', 'test'], async () => 0, now), 0);
  assert.deepEqual(lines.splice(0), [
    '== lint',
    '== lint: 0.5 s',
    '== test',
    '== test: 0.5 s',
    'All is well: lint, test, 2.5 s.',
  ]);
  assert.equal(await runSteps(['lint', 'test', 'more'], async (name) => (name === 'test' ? 3 : 0), now), 3);
  assert.deepEqual(lines, ['== lint', '== lint: 0.5 s', '== test', '== test failed after 0.5 s']);
});

test('a step of ci is a script of package.json, and fails with it', async (t) => {
  const scripts = { well: 'node -e 0', ill: 'node -e "process.exit(3)"' };
  const root = createTree(t, { 'package.json': JSON.stringify({ scripts }) });
  assert.equal(await runScript('well', root), 0);
  assert.equal(await runScript('ill', root), 1);
});
