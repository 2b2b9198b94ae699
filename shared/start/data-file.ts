import { join, relative } from 'node:path';
import { ROOT, type Stage } from '../stages.ts';

/** The stage's own: no stage meets another one's data. */
export function dataFileOf(stage: Stage): string {
  return join(stage.path, 'data', 'patients.json');
}

/** The path as a person types it at the repository's root. */
export function fromRoot(path: string): string {
  const shown = relative(ROOT, path).replaceAll('\\', '/');
  return shown.startsWith('..') ? path : shown;
}
