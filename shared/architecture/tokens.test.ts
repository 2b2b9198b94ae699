import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { literalText, tokenize } from './tokens.ts';

const texts = (source: string) => tokenize(source).map(({ text }) => text);

suite('tokenize', () => {
  test('leaves comments out, wherever they stand', () => {
    const source = "#!/usr/bin/env node\n// import 'a'\nlet /* b */ x = 'http://c'; // d\n/** `e` */";
    assert.deepEqual(texts(source), ['let', 'x', '=', "'http://c'", ';']);
  });

  test('keeps offsets and lines over comments, strings and templates of several lines', () => {
    const source = '/*\n\n*/ a `1\n2` b';
    assert.deepEqual(
      tokenize(source).map(({ text, line }) => [text, line]),
      [
        ['a', 3],
        ['`1\n2`', 3],
        ['b', 4],
      ],
    );
    for (const { text, start, end } of tokenize(source)) assert.equal(source.slice(start, end), text);
  });

  test('sees the code inside a template, also with braces and templates in it', () => {
    assert.deepEqual(texts('`a$' + '{ f({ b: `c$' + '{d}e` }) }g` + h'), [
      '`a$' + '{',
      'f',
      '(',
      '{',
      'b',
      ':',
      '`c$' + '{',
      'd',
      '}e`',
      '}',
      ')',
      '}g`',
      '+',
      'h',
    ]);
  });

  test('tells a regular expression from a division', () => {
    const kinds = (source: string) => tokenize(source).map(({ kind }) => kind);
    assert.deepEqual(kinds("x = /'[/]\\//u"), ['name', 'punctuation', 'regex']);
    assert.ok(!kinds("a / b / c; (a) / 'b' / 2").includes('regex'));
    assert.ok(kinds("return /'/").includes('regex'));
  });

  test('reads escapes and quotes in strings', () => {
    assert.deepEqual(texts(`'it\\'s' "a\\"b" 'c'`), [`'it\\'s'`, '"a\\"b"', "'c'"]);
    assert.equal(literalText(tokenize(`'it\\'s'`)[0]), "it's");
    assert.equal(literalText(tokenize('`plain`')[0]), 'plain');
    assert.equal(literalText(tokenize('`a$' + '{b}`')[0]), undefined);
    assert.equal(literalText(tokenize('name')[0]), undefined);
  });

  test('knows names in any script, and private ones', () => {
    assert.deepEqual(texts('пациент.#имя ?? 患者?.naïve'), [
      'пациент',
      '.',
      '#имя',
      '?',
      '?',
      '患者',
      '?.',
      'naïve',
    ]);
  });
});
