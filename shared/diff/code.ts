import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DoorName, namesAt } from '../architecture/doors.ts';
import type { Project, SourceFile } from '../architecture/project.ts';
import { ROOT, type Stage } from '../stages.ts';
import type { Item } from './items.ts';

/** The names at each layer's door, the inherited ones included. Another origin under the same name is a change. */
export function collectNames(project: Project, stage: Stage): Item[] {
  const doors = project
    .files(stage)
    .filter(({ layer, path }) => layer && path === project.door(stage, layer));
  return doors.flatMap(({ path, layer = '' }) =>
    valuesFirst([...namesAt(project, path).names.values()]).map(({ name, kind, origin }) => ({
      group: layer,
      name,
      value: origin,
      isType: kind === 'type',
    })),
  );
}

function valuesFirst(names: DoorName[]): DoorName[] {
  const isType = ({ kind }: DoorName) => kind === 'type';
  return [...names.filter((name) => !isType(name)), ...names.filter(isType)];
}

/**
 * The composition root, line by line, without its imports: the file that makes `start` for this stage, or several
 * where there are `startPatients` and the like.
 */
export function collectRoot(project: Project, stage: Stage): Item[] {
  return rootFiles(project, stage).flatMap(({ text, outline, shown }) => {
    let rest = '';
    let from = 0;
    for (const { start, end } of outline.passing) {
      rest += text.slice(from, start);
      from = end;
    }
    const lines = (rest + text.slice(from))
      .trim()
      .replace(/\n\s*\n+/g, '\n\n')
      .split('\n');
    return lines.map((name) => ({ group: shown, name: name.trimEnd() }));
  });
}

function rootFiles(project: Project, stage: Stage): SourceFile[] {
  const door = project.door(stage, 'app');
  const starts = [...namesAt(project, door).names.values()].filter(
    ({ name, kind }) => kind === 'value' && /^start(?![a-z])/.test(name),
  );
  const shown = new Set(starts.map(({ origin }) => origin.split('#')[0]));
  const files = project.files(stage).filter((file) => shown.has(file.shown));
  if (files.length > 0) return files;
  // Without a `start` of its own a stage goes on with the one that it inherits.
  const previous = project.previous(stage);
  if (starts.length > 0 && previous) return rootFiles(project, previous);
  return project.files(stage).filter(({ path, layer }) => layer === 'main' || path === door);
}

/** What a table of variables may say of one; of an unknown shape nothing is shown. */
interface Variable {
  wants?: unknown;
  fallback?: unknown;
  default?: unknown;
  secret?: unknown;
}

/**
 * The keys of `variables`, as the stage itself has them when it runs: a table that is put together from an inherited
 * one is told best by itself.
 */
export async function collectConfiguration(
  project: Project,
  stage: Stage,
  warn: (text: string) => void,
): Promise<Item[]> {
  const door = project.door(stage, 'config');
  if (!project.file(door)) return [];
  try {
    const { variables } = (await import(pathToFileURL(door).href)) as {
      variables?: Record<string, Variable>;
    };
    return Object.entries(variables ?? {}).map(([name, variable]) => describeVariable(name, variable));
  } catch (error) {
    warn(
      `The configuration of ${stage.folder} cannot be loaded: ${error instanceof Error ? error.message : error}`,
    );
    return [];
  }
}

function describeVariable(name: string, variable: Variable): Item {
  const preset = variable.fallback ?? variable.default;
  const isPlain = ['string', 'number', 'boolean'].includes(typeof preset) && preset !== '';
  // A path of this machine is told from the repository's root on.
  const value = isPlain ? String(preset).replace(join(ROOT, '/'), '') : 'unset';
  return {
    group: '',
    name,
    value,
    ...(typeof variable.wants === 'string' ? { detail: variable.wants } : {}),
  };
}
