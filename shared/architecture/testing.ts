import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Files by path, with `/` between its parts. */
export type Tree = Record<string, string>;

/**
 * A temporary folder with these files, gone after the test. Its stages find each other under `@medcenter/`,
 * as npm's workspaces arrange it.
 */
export function createTree(t: TestContext, files: Tree): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'medcenter-tree-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, ...path.split('/'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const scope = join(root, 'node_modules', '@medcenter');
  mkdirSync(scope, { recursive: true });
  const folders = new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''));
  for (const folder of folders) {
    // A junction needs no special right on Windows; elsewhere the word means nothing.
    if (folder.startsWith('stage-')) symlinkSync(join(root, folder), join(scope, folder), 'junction');
  }
  return root;
}

/** A stage's package.json, as every stage has it. */
export function packageJson(folder: string, more: object = {}): string {
  return JSON.stringify({
    name: `@medcenter/${folder}`,
    version: '0.1.0',
    type: 'module',
    exports: { './test/*': './test/*/index.ts', './*': './src/*/index.ts' },
    ...more,
  });
}
