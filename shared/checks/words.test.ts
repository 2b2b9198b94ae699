import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite as describe, test } from 'node:test';
import { absolutePaths, missingWord, quoteWord, splitWords } from './words.ts';

describe('splitWords', () => {
  const cases: [string, string[]][] = [
    ['python3 mine.py', ['python3', 'mine.py']],
    ['  go   run . ', ['go', 'run', '.']],
    ['node "my program.ts" --flag', ['node', 'my program.ts', '--flag']],
    ["node 'my program.ts'", ['node', 'my program.ts']],
    ['a"b c"d', ['ab cd']],
    [`'say "hi"' "it's"`, ['say "hi"', "it's"]],
    ['my\\ program \\"quoted\\"', ['my program', '"quoted"']],
    ['"a \\"b\\" \\\\ \\n"', ['a "b" \\ \\n']],
    ["'no \\escape'", ['no \\escape']],
    ['C:\\tools\\python.exe', ['C:\\tools\\python.exe']],
    ['""', ['']],
    ['', []],
    ['echo $HOME *', ['echo', '$HOME', '*']],
  ];
  for (const [text, words] of cases) {
    test(`takes ${JSON.stringify(text)} apart`, () => assert.deepEqual(splitWords(text), words));
  }

  test('says so when a quote is never closed', () =>
    assert.throws(() => splitWords('node "mine.ts'), /never closed/));

  test('gives back what quoteWord made', () => {
    for (const word of ['plain', 'two words', "it's", '"', '$HOME', '', 'Иванова', '+12025550199']) {
      assert.deepEqual(splitWords(quoteWord(word)), [word]);
    }
  });
});

describe('absolutePaths', () => {
  test('makes paths that exist absolute, and leaves the other words alone', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'medcenter-words-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'mine.py'), '');
    writeFileSync(join(folder, 'python3'), '');
    mkdirSync(join(folder, 'run'));

    const absolute = (...words: string[]) => absolutePaths(words, folder);
    assert.deepEqual(absolute('python3', 'mine.py'), ['python3', join(folder, 'mine.py')]);
    assert.deepEqual(absolute('./mine.py'), [join(folder, 'mine.py')]);
    assert.deepEqual(absolute('go', 'run', '.'), ['go', 'run', folder]);
    assert.deepEqual(absolute('node', 'absent.ts', './absent.ts', '-x', ''), [
      'node',
      'absent.ts',
      './absent.ts',
      '-x',
      '',
    ]);
  });
});

describe('missingWord', () => {
  const here = import.meta.dirname;

  test('says which program there is not, and which script', () => {
    assert.match(missingWord(['pyton3', 'x.py'], here) ?? '', /no program "pyton3"/);
    assert.match(missingWord([process.execPath, 'none.ts'], here) ?? '', /no file "none\.ts"/);
    assert.match(missingWord(['./none'], here) ?? '', /no program/);
  });

  test('says nothing of a command that can be run', () => {
    assert.equal(missingWord([process.execPath, 'words.ts', '--data=x.py'], here), undefined);
    assert.equal(missingWord(['node', '-e', '1'], here), undefined);
  });
});
