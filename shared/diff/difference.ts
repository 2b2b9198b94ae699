import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openProject, type Project } from '../architecture/project.ts';
import { findStage, type Stage } from '../stages.ts';
import { compareItems, type Item, type Kind, type Section } from './items.ts';
import { kinds } from './kinds.ts';

/** What a stage adds to the one before it, by kind. */
export interface Difference {
  stage: Pick<Stage, 'number' | 'folder'>;
  /** The stage's own words: the description in its package.json. */
  description: string;
  /** Null for the first stage, of which everything is new. */
  previous: Pick<Stage, 'number' | 'folder'> | null;
  sections: Section[];
  /** What could not be read, and so is not shown. */
  warnings: string[];
}

/** Read from the sources each time. @throws UsageError where there is no such stage */
export async function differenceOf(number: string | undefined, root?: string): Promise<Difference> {
  const project = openProject(root);
  const stage = findStage(number, project.root);
  const previous = project.previous(stage);
  const warnings = new Set<string>();
  const sections: Section[] = [];
  for (const kind of kinds) {
    const section = await sectionOf(kind, project, stage, (text) => warnings.add(text));
    if (section.entries.some(({ mark }) => mark !== 'same')) sections.push(section);
  }
  return {
    stage: naming(stage),
    description: descriptionOf(stage),
    previous: previous ? naming(previous) : null,
    sections,
    warnings: [...warnings],
  };
}

async function sectionOf(
  kind: Kind,
  project: Project,
  stage: Stage,
  warn: (text: string) => void,
): Promise<Section> {
  const after = await kind.collect(project, stage, warn);
  const before = await collectBefore(kind, project, stage, warn);
  const entries = kind.compare?.(before, after) ?? compareItems(before, after, kind.finds);
  const oldGroups = new Set(before.map(({ group }) => group));
  const groups = new Set(after.map(({ group }) => group));
  const { key, title, layout, note } = kind;
  const newGroups = before.length > 0 ? [...groups].filter((group) => !oldGroups.has(group)) : [];
  return { key, title, layout, ...(note ? { note } : {}), entries, newGroups };
}

async function collectBefore(
  kind: Kind,
  project: Project,
  stage: Stage,
  warn: (text: string) => void,
): Promise<Item[]> {
  const earlier = project.stages.filter(({ number }) => number < stage.number);
  const wanted = kind.finds === 'all' ? earlier.slice(-1) : earlier;
  const items: Item[] = [];
  for (const one of wanted) items.push(...(await kind.collect(project, one, warn)));
  return items;
}

function naming({ number, folder }: Stage): Pick<Stage, 'number' | 'folder'> {
  return { number, folder };
}

function descriptionOf(stage: Stage): string {
  const { description } = JSON.parse(readFileSync(join(stage.path, 'package.json'), 'utf8')) as {
    description?: string;
  };
  return description ?? '';
}
