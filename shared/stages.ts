import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

export interface Stage {
  /** 1 to 8. */
  number: number;
  /** The folder's name, such as `stage-01-core`. */
  folder: string;
  /** The folder's absolute path. */
  path: string;
}

/** The stages that exist, in order: one folder `stage-NN-name` each. */
export function listStages(root = ROOT): Stage[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^stage-\d\d-/.test(entry.name))
    .map(({ name }) => ({ number: Number(name.slice(6, 8)), folder: name, path: join(root, name) }))
    .sort((a, b) => a.number - b.number);
}

/** The person asked for something that there is not. Its message is all that they need to see. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The stage that a command line names by its number; an error that says what there is otherwise. */
export function findStage(text: string | undefined, root = ROOT): Stage {
  const stages = listStages(root);
  const found = stages.find((stage) => String(stage.number) === text);
  if (found) return found;
  const known = stages.map(({ number, folder }) => `${number} (${folder})`).join(', ');
  throw new UsageError(
    text ? `There is no stage "${text}". There are: ${known}.` : `Name a stage: ${known}.`,
  );
}
