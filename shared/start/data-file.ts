import { join, relative } from 'node:path';
import { ROOT, type Stage } from '../stages.ts';

/** The stage's own: no stage meets another one's data. */
export function dataFileOf(stage: Stage): string {
  return join(stage.path, 'data', 'patients.json');
}

/** Likewise; beside the database of `npm run stage:N`, which holds what a person put into it themselves. */
export function databaseFileOf(stage: Stage): string {
  return join(stage.path, 'data', 'sample.db');
}

/** Likewise, for what is told where there is no Kafka. */
export function eventsFileOf(stage: Stage): string {
  return join(stage.path, 'data', 'sample-events.db');
}

/** The path as a person types it at the repository's root. */
export function fromRoot(path: string): string {
  const shown = relative(ROOT, path).replaceAll('\\', '/');
  return shown.startsWith('..') ? path : shown;
}
