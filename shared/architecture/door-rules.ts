import { dirname, join, relative } from 'node:path';
import type { Stage } from '../stages.ts';
import { namesAt } from './doors.ts';
import { replaceableNames } from './layers.ts';
import { type Project, type SourceFile, slashed } from './project.ts';
import { literalText } from './tokens.ts';
import { either, type Violation } from './violation.ts';

/** A door that a stage has, as `src/domain` or `test/contracts`: the part of a path between stage and index.ts. */
function doorsOf(project: Project, stage: Stage): string[] {
  const paths = project
    .files(stage)
    .map(({ path }) => path)
    .filter((path) => isDoor(project, stage, path));
  return paths.map((path) => slashed(relative(stage.path, dirname(path))));
}

function isDoor(project: Project, stage: Stage, path: string): boolean {
  const layer = project.file(path)?.layer;
  if (layer !== undefined) return path === project.door(stage, layer);
  return path === join(stage.path, 'test', 'contracts', 'index.ts');
}

/** Every door of the stage before has a door here that begins by passing it on. */
export function checkPassedOn(project: Project, stage: Stage): Violation[] {
  const previous = project.previous(stage);
  if (previous === undefined) return [];
  return doorsOf(project, previous).flatMap((door): Violation[] => {
    const path = join(stage.path, ...door.split('/'), 'index.ts');
    const wanted = `@medcenter/${previous.folder}/${door.replace(/^src\//, '')}`;
    const file = project.file(path);
    const at = { file: slashed(relative(project.root, path)), line: 1 };
    const remedy = `Let its first statement be: export * from '${wanted}';`;
    if (!file) {
      const what = `${previous.folder} has a door ${door} and ${stage.folder} has none`;
      return [{ ...at, rule: 'missing-door', what, remedy: `Write the file. ${remedy}` }];
    }
    if (beginsWithAll(file, wanted)) return [];
    return [{ ...at, rule: 'door-first', what: `the door does not begin with what it inherits`, remedy }];
  });
}

function beginsWithAll({ outline }: SourceFile, specifier: string): boolean {
  const [first, star, from, text] = outline.tokens;
  return (
    first?.text === 'export' && star?.text === '*' && from?.text === 'from' && literalText(text) === specifier
  );
}

/** A door offers an inherited name anew only if it is one of the few that every stage replaces as a whole. */
export function checkShadowing(project: Project, stage: Stage): Violation[] {
  const previous = project.previous(stage);
  if (previous === undefined) return [];
  return doorsOf(project, previous).flatMap((door) => {
    const path = join(stage.path, ...door.split('/'), 'index.ts');
    const inherited = namesAt(project, join(previous.path, ...door.split('/'), 'index.ts')).names;
    const here = [...namesAt(project, path).names.values()];
    const shadows = here.filter(({ name, origin }) => {
      const known = inherited.get(name);
      return known !== undefined && known.origin !== origin && !replaceableNames.includes(name);
    });
    return shadows.map(({ name, line }) => ({
      file: slashed(relative(project.root, path)),
      line,
      rule: 'shadowed-name',
      what: `"${name}" replaces the inherited "${name}", but what is inherited goes on using the old one`,
      remedy: `Give it a name of its own, or make what varies an argument; only ${either(replaceableNames)} may be replaced.`,
    }));
  });
}

/** No module brings one name by two `export *`: the language then leaves it out without a word. */
export function checkLostNames(project: Project, stage: Stage): Violation[] {
  return project.files(stage).flatMap((file) =>
    [...namesAt(project, file.path).lost].map(([name, { origins, line }]) => ({
      file: file.shown,
      line,
      rule: 'name-twice',
      what: `two "export *" bring "${name}", from ${origins.join(' and ')}, so that it is silently absent`,
      remedy: `Rename one, or say which is meant: export { ${name} } from …`,
    })),
  );
}
