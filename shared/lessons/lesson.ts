import { readFileSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { ROOT } from '../stages.ts';
import { type Markdown, parseMarkdown } from './markdown.ts';

export interface Lesson extends Markdown {
  /** Absolute. */
  readonly path: string;
  /** The folder that it stands in. */
  readonly folder: string;
  /** The root of the repository that it is about. */
  readonly root: string;
  /** Its path from the root, for people. */
  readonly name: string;
}

export function readLesson(path: string, root = ROOT): Lesson {
  const name = relative(root, path).replaceAll(sep, '/');
  return { path, folder: dirname(path), root, name, ...parseMarkdown(readFileSync(path, 'utf8')) };
}
