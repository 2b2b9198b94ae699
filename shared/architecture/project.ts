import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { listStages, ROOT, type Stage } from '../stages.ts';
import { layerOf } from './layers.ts';
import { type Outline, outlineOf } from './outline.ts';

/** One source file of a stage. */
export interface SourceFile {
  /** Absolute. */
  path: string;
  /** From the repository's root, with `/` between its parts. */
  shown: string;
  stage: Stage;
  /** Undefined for a test, and for what lies outside `src`. */
  layer: string | undefined;
  isTest: boolean;
  text: string;
  outline: Outline;
}

/** The stages under one root, read when asked for and kept. */
export interface Project {
  root: string;
  stages: Stage[];
  /** The stage before this one. */
  previous(stage: Stage): Stage | undefined;
  /** A stage's TypeScript and JavaScript files, in order of path. */
  files(stage: Stage): SourceFile[];
  /** The file at an absolute path, if a stage holds it. */
  file(path: string): SourceFile | undefined;
  /** The door of a stage's layer: the path of its index.ts, there or not. */
  door(stage: Stage, layer: string): string;
  /** The absolute path that a specifier means; undefined for an npm package and a part of Node. */
  resolve(specifier: string, from: SourceFile): string | undefined;
}

const scope = '@medcenter/';
/** What programs write, directly under a workspace. Deeper down these are names like any other. */
const written = new Set(['data', 'dist', 'coverage']);

export function openProject(root: string = ROOT): Project {
  const stages = listStages(root);
  const known = new Map<string, SourceFile | undefined>();

  function file(path: string): SourceFile | undefined {
    if (!known.has(path)) {
      const stage = stages.find((one) => path.startsWith(one.path + sep));
      known.set(path, stage && existsSync(path) ? readSource(path, stage, root) : undefined);
    }
    return known.get(path);
  }

  return {
    root,
    stages,
    previous: (stage) => stages.filter(({ number }) => number < stage.number).at(-1),
    files: (stage) => filesUnder(stage.path, /\.[cm]?[jt]sx?$/).flatMap((path) => file(path) ?? []),
    file,
    door: (stage, layer) => join(stage.path, 'src', ...layer.split('/'), 'index.ts'),
    resolve(specifier, from) {
      if (specifier.startsWith('.')) return resolve(dirname(from.path), specifier);
      if (!specifier.startsWith(scope)) return undefined;
      const [folder = '', ...parts] = specifier.slice(scope.length).split('/');
      // As the `exports` of each stage's package.json say: "./test/*" and "./*", each an index.ts.
      return join(root, folder, ...(parts[0] === 'test' ? [] : ['src']), ...parts, 'index.ts');
    },
  };
}

/** The files of a workspace whose names fit, however deep, in order of path; what was installed or written aside. */
export function filesUnder(workspace: string, name: RegExp): string[] {
  return filesBelow(workspace, name, written);
}

function filesBelow(folder: string, name: RegExp, leftOut: ReadonlySet<string>): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return leftOut.has(entry.name) ? [] : filesBelow(path, name, new Set());
    return name.test(entry.name) ? [path] : [];
  });
}

function readSource(path: string, stage: Stage, root: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const inStage = slashed(relative(stage.path, path));
  const isTest = inStage.startsWith('test/') || /\.test\.[cm]?[jt]s$/.test(inStage);
  const layer = !isTest && inStage.startsWith('src/') ? layerOf(inStage.slice('src/'.length)) : undefined;
  return { path, shown: slashed(relative(root, path)), stage, layer, isTest, text, outline: outlineOf(text) };
}

/** The same path with `/` on Windows too: what is shown, compared and tested is alike everywhere. */
export function slashed(path: string): string {
  return path.split(sep).join('/');
}
