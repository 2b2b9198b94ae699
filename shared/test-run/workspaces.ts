import { basename, join, relative } from 'node:path';
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

/** The workspaces that a command line names, or all of them. @throws UsageError */
export function chooseWorkspaces(names: readonly string[], root: string): Workspace[] {
  const folders = [
    ...listStages(root).map(({ number, path }) => ({ name: String(number), path })),
    { name: 'shared', path: join(root, 'shared') },
  ];
  const unknown = names.find((name) => !folders.some((folder) => folder.name === name));
  if (unknown !== undefined) {
    throw new UsageError(
      `There are no tests called "${unknown}". There are: ${folders.map(({ name }) => name).join(', ')}.`,
    );
  }
  return folders
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map(({ name, path }) => {
      const found = filesUnder(path, /\.test\./).map((file) => relative(root, file));
      const files = found.filter((file) => testFileName.test(file));
      const misnamed = found.filter((file) => !testFileName.test(file));
      return { name, folder: basename(path), files, misnamed };
    });
}
