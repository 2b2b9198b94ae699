import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { filesUnder } from '../architecture/project.ts';
import { listStages, UsageError } from '../stages.ts';

/** The end of a test file's name. */
export const testFileName = /\.test\.m?ts$/;

/** A folder with tests of its own. */
export interface Workspace {
  /** As a command line names it: a stage's number, or `shared`. */
  name: string;
  folder: string;
  /** Test files, from the root. */
  files: string[];
  /** Files that are called like a test and are none, for the runner would not take them. */
  misnamed: string[];
}

/**
 * Tests that prove the checks, by programs that are wrong: it takes some hundred processes to catch them all. They are
 * run by their name alone, and on CI.
 */
const apart = { name: 'wrong', folder: join('shared', 'checks', 'wrong') };

/** The workspaces that a command line names, or all of them. @throws UsageError */
export function chooseWorkspaces(names: readonly string[], root: string): Workspace[] {
  const usual = [...listStages(root).map(({ number, folder }) => ({ name: String(number), folder })), SHARED];
  const all = existsSync(join(root, apart.folder)) ? [...usual, apart] : usual;
  const unknown = names.find((name) => !all.some((each) => each.name === name));
  if (unknown !== undefined) {
    throw new UsageError(
      `There are no tests called "${unknown}". There are: ${all.map(({ name }) => name).join(', ')}.`,
    );
  }
  const chosen = names.length === 0 ? usual : all.filter(({ name }) => names.includes(name));
  return chosen.map(({ name, folder }) => ({ name, folder, ...testFilesOf(name, join(root, folder), root) }));
}

const SHARED = { name: 'shared', folder: 'shared' };

function testFilesOf(name: string, path: string, root: string): Pick<Workspace, 'files' | 'misnamed'> {
  const found = filesUnder(path, /\.test\./)
    .map((file) => relative(root, file))
    .filter((file) => name === apart.name || !file.startsWith(apart.folder + sep));
  return {
    files: found.filter((file) => testFileName.test(file)),
    misnamed: found.filter((file) => !testFileName.test(file)),
  };
}
