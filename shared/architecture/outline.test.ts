import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { outlineOf } from './outline.ts';

const references = (source: string) =>
  outlineOf(source).references.map(
    ({ specifier, line, typeOnly, all }) =>
      `${line} ${specifier}${typeOnly ? ' type' : ''}${all ? ' all' : ''}`,
  );
const exported = (source: string) => outlineOf(source).exports.map(({ kind, name }) => `${kind} ${name}`);

suite('what a module refers to', () => {
  test('every form of import', () => {
    const source = [
      "import './a.ts';",
      "import b from './b.ts';",
      "import * as c from './c.ts';",
      'import d, {',
      '  e as f,',
      "} from './d.ts';",
      "import type { G } from './g.ts';",
      "import { type H } from './h.ts';",
      "import type from './i.ts';",
      "import k from './k.json' with { type: 'json' };",
      "const m = await import('./m.ts');",
      "const n = require('./n.cjs');",
      "type P = import('./p.ts').P;",
    ].join('\n');
    assert.deepEqual(references(source), [
      '1 ./a.ts',
      '2 ./b.ts',
      '3 ./c.ts',
      '4 ./d.ts',
      '7 ./g.ts type',
      '8 ./h.ts',
      '9 ./i.ts',
      '10 ./k.json',
      '11 ./m.ts',
      '12 ./n.cjs',
      '13 ./p.ts',
    ]);
  });

  test('every form of passing on', () => {
    const source = [
      "export * from './a.ts';",
      "export * as b from './b.ts';",
      "export { c, type D } from './c.ts';",
      "export type { E } from './e.ts';",
      "export type * from './f.ts';",
    ].join('\n');
    assert.deepEqual(references(source), [
      '1 ./a.ts all',
      '2 ./b.ts',
      '3 ./c.ts',
      '4 ./e.ts type',
      '5 ./f.ts type all',
    ]);
    assert.deepEqual(exported(source), ['value b', 'value c', 'type D', 'type E']);
  });

  test('no import in a comment, a string, a template, a method or import.meta', () => {
    const source = [
      "// import './a.ts'",
      'const b = "import \'./b.ts\'";',
      "const c = `import './c.ts'`;",
      "d.import('./d.ts');",
      'import.meta.dirname;',
      'await import(computed);',
    ].join('\n');
    assert.deepEqual(references(source), []);
  });

  test('what an import calls by another name', () => {
    const { imported } = outlineOf("import a, { b as c, type D } from './a.ts';\nimport * as e from 'e';");
    assert.deepEqual(Object.fromEntries(imported), {
      a: { specifier: './a.ts', name: 'default', typeOnly: false },
      c: { specifier: './a.ts', name: 'b', typeOnly: false },
      D: { specifier: './a.ts', name: 'D', typeOnly: true },
      e: { specifier: 'e', name: '*', typeOnly: false },
    });
  });
});

suite('what a module exports', () => {
  test('declarations of every kind, in order', () => {
    const source = [
      'export const a = 1;',
      'export async function b() {}',
      'export function* c() {}',
      'export abstract class D {}',
      'export interface E { export: string }',
      'export type F = { g: string };',
      'export declare function h(): void;',
      'export const { i, j: k = 2, ...rest } = a;',
      'const l = 1;',
      'export { l as m };',
      'export default l;',
    ].join('\n');
    assert.deepEqual(exported(source), [
      'value a',
      'value b',
      'value c',
      'value D',
      'type E',
      'type F',
      'value h',
      'value i',
      'value k',
      'value rest',
      'value m',
      'value default',
    ]);
  });

  test('overloads, and a type and a value of one name, once', () => {
    const source =
      'export function a(): void;\nexport function a() {}\nexport type B = 1;\nexport const B = 1;';
    assert.deepEqual(exported(source), ['value a', 'value B']);
  });

  test('nothing that only looks like an export', () => {
    assert.deepEqual(exported("const a = 'export const b = 1'; // export const c = 1\n{ a.export }"), []);
  });

  test('where the statements lie that only import or pass on', () => {
    const source = "import a from 'a';\nexport * from './b.ts'\nconst c = a;\n";
    assert.deepEqual(
      outlineOf(source).passing.map(({ start, end }) => source.slice(start, end)),
      ["import a from 'a';", "export * from './b.ts'"],
    );
  });
});
