import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Entry, Item } from './items.ts';
import { compareLines, withContext } from './lines.ts';

const items = (text: string): Item[] => [...text].map((name) => ({ group: '', name }));
const signs = { added: '+', removed: '-', same: ' ', changed: '~' } as const;
const shown = (entries: Entry[]) => entries.map(({ mark, name }) => `${signs[mark]}${name}`).join('');

suite('compareLines', () => {
  test('what both have stays, what one has is taken out or put in', () => {
    assert.equal(shown(compareLines(items('abcd'), items('axcdy'))), ' a-b+x c d+y');
    assert.equal(shown(compareLines(items(''), items('ab'))), '+a+b');
    assert.equal(shown(compareLines(items('ab'), items(''))), '-a-b');
    assert.equal(shown(compareLines(items('ab'), items('ab'))), ' a b');
    assert.equal(compareLines([], []).length, 0);
  });

  test('keeps as many lines as can be kept', () => {
    const kept = compareLines(items('abcabba'), items('cbabac')).filter(({ mark }) => mark === 'same');
    assert.equal(kept.length, 4);
  });

  test('both files can be read out of it again', () => {
    const [before, after] = ['the quick brown fox', 'a quicker fox, brown'];
    const entries = compareLines(items(before), items(after));
    const without = (mark: string) => entries.filter((entry) => entry.mark !== mark).map(({ name }) => name);
    assert.equal(without('added').join(''), before);
    assert.equal(without('removed').join(''), after);
  });
});

test('withContext leaves out what is far from a change', () => {
  const entries = compareLines(items('abcdefghij'), items('abcdeXfghij'));
  assert.equal(shown(withContext(entries, 2)), ' ⋯ d e+X f g ⋯');
});
