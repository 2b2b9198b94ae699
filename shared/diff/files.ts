import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { filesUnder, type Project, slashed } from '../architecture/project.ts';
import type { Stage } from '../stages.ts';
import type { Item } from './items.ts';

/** Told of elsewhere, or nothing to read. */
const notListed = new Set(['package.json', 'README.md', 'REVIEW.md']);

/**
 * The files of a stage, each with its count of lines. Tests and generated code are one item a folder; doors that
 * only pass on what is inherited are one item for all.
 */
export function collectFiles(project: Project, stage: Stage): Item[] {
  const paths = filesUnder(stage.path, /./).filter((path) => !notListed.has(relative(stage.path, path)));
  const doors = paths.filter((path) => isPassingDoor(project, path));
  const read = paths.filter((path) => !doors.includes(path));
  const summed = Map.groupBy(read, (path) => summedFolder(slashed(relative(stage.path, path))));
  const items = (summed.get(undefined) ?? []).map((path): Item => {
    const group = slashed(relative(stage.path, dirname(path))) || '.';
    return { group, name: slashed(relative(project.root, path)), detail: String(countLines(path)) };
  });
  items.sort((a, b) => compareText(orderOf(a), orderOf(b)));
  for (const [folder, inside] of summed) {
    if (folder !== undefined) items.push(sumOf(project, stage, folder, inside));
  }
  if (doors.length > 0) {
    const detail = `${doors.length} ${doors.length === 1 ? 'door that passes' : 'doors that pass'} on what is inherited`;
    items.push({ group: '', name: `${stage.folder}/src/`, detail });
  }
  return items;
}

/** The source before the rest, and a folder's own files before those of the folders in it. */
function orderOf({ group }: Item): string {
  return `${/^src(\/|$)/.test(group) ? 0 : 1} ${group}`;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function sumOf(project: Project, stage: Stage, folder: string, paths: string[]): Item {
  const lines = paths.reduce((sum, path) => sum + countLines(path), 0);
  const name = `${slashed(relative(project.root, join(stage.path, folder)))}/`;
  const files = paths.length === 1 ? '1 file' : `${paths.length} files`;
  return { group: '', name, detail: `${lines} in ${files}` };
}

/** The folder that stands for a file among many of its kind: `test`, or one called `gen` or `generated`. */
function summedFolder(pathInStage: string): string | undefined {
  if (pathInStage.startsWith('test/')) return 'test';
  return /^(.*\/)?gen(erated)?(?=\/)/.exec(pathInStage)?.[0];
}

/** Does the file say `export * from` its predecessor, and nothing more? */
function isPassingDoor(project: Project, path: string): boolean {
  const outline = project.file(path)?.outline;
  if (!outline || outline.exports.length > 0) return false;
  const [only, ...more] = outline.references;
  const beyond = outline.tokens.filter(({ start }) => start >= (outline.passing[0]?.end ?? 0));
  return only?.all === true && !only.specifier.startsWith('.') && more.length === 0 && beyond.length === 0;
}

function countLines(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length - 1;
}
