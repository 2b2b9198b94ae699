import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative, sep } from 'node:path';
import type { Stage } from '../stages.ts';
import { arrowsFrom, layerOf, layers } from './layers.ts';
import type { Reference } from './outline.ts';
import { type Project, type SourceFile, slashed } from './project.ts';
import { either, type Violation } from './violation.ts';

type Finding = Omit<Violation, 'file' | 'line'> | undefined;

/** What a stage imports: itself and its predecessor, layer by layer through the doors, and declared packages. */
export function checkImports(project: Project, stage: Stage): Violation[] {
  const packages = declaredPackages(stage);
  return project.files(stage).flatMap((file) =>
    file.outline.references.flatMap((reference) => {
      const target = project.resolve(reference.specifier, file);
      const finding = target
        ? checkPath(project, file, reference, target)
        : checkPackage(file, reference, packages);
      return finding ? [{ file: file.shown, line: reference.line, ...finding }] : [];
    }),
  );
}

function checkPath(project: Project, file: SourceFile, reference: Reference, target: string): Finding {
  const { stage } = file;
  if (isInside(target, join(project.root, 'shared'))) {
    if (file.isTest) return undefined;
    return {
      rule: 'shared-import',
      what: `the source of a stage imports "${reference.specifier}"`,
      remedy: 'Shared runs, checks and teaches the stages; what the stage itself needs belongs in the stage.',
    };
  }
  if (isInside(target, stage.path)) return checkLayers(project, file, reference, stage, target);
  const other = project.stages.find(({ path }) => isInside(target, path));
  if (other === undefined) return outsideEveryStage(reference);
  return checkStages(project, stage, other) ?? checkPredecessor(project, file, reference, other, target);
}

function outsideEveryStage({ specifier }: Reference): Finding {
  return {
    rule: 'outside-import',
    what: `"${specifier}" lies in no stage`,
    remedy: 'A stage imports itself, its predecessor and npm packages.',
  };
}

function checkStages(project: Project, stage: Stage, other: Stage): Finding {
  if (other.number > stage.number) {
    return {
      rule: 'forward-import',
      what: `stage ${stage.number} imports stage ${other.number}, which comes after it`,
      remedy: `Let ${other.folder} add it, as an adapter or a decorator, and wire it in its own src/app.`,
    };
  }
  const previous = project.previous(stage);
  if (previous === undefined || previous.number === other.number) return undefined;
  return {
    rule: 'skipped-stage',
    what: `stage ${stage.number} imports stage ${other.number} past stage ${previous.number}`,
    remedy: `Import it from @medcenter/${previous.folder}, whose doors pass it on.`,
  };
}

function checkPredecessor(
  project: Project,
  file: SourceFile,
  reference: Reference,
  previous: Stage,
  target: string,
): Finding {
  const path = slashed(relative(previous.path, target));
  const layer = path.startsWith('src/') ? layerOf(path.slice('src/'.length)) : undefined;
  const isTestDoor = path.startsWith('test/') && file.isTest;
  const isDoor = isTestDoor || (layer !== undefined && target === project.door(previous, layer));
  if (reference.specifier.startsWith('.') || !isDoor) {
    const door = layer === undefined ? '<layer>' : layer;
    return {
      rule: 'stage-door',
      what: `"${reference.specifier}" reaches into ${previous.folder} past its doors`,
      remedy: `Import "@medcenter/${previous.folder}/${door}".`,
    };
  }
  return layer === undefined ? undefined : checkArrow(file, reference, layer);
}

/** Inside one stage: along the arrows, and into another layer by its index.ts alone. */
function checkLayers(
  project: Project,
  file: SourceFile,
  reference: Reference,
  stage: Stage,
  target: string,
): Finding {
  const path = slashed(relative(stage.path, target));
  if (file.layer === undefined) return undefined;
  if (path.startsWith('test/')) {
    return {
      rule: 'test-import',
      what: `the source imports "${reference.specifier}", which belongs to the tests`,
      remedy: 'Tests import the source, never the other way round.',
    };
  }
  if (!path.startsWith('src/')) return undefined;
  const layer = layerOf(path.slice('src/'.length));
  const finding = checkArrow(file, reference, layer);
  if (finding || layer === file.layer || target === project.door(stage, layer)) return finding;
  return {
    rule: 'layer-door',
    what: `${file.layer} imports "${reference.specifier}", an inner file of ${layer}`,
    remedy: `Import the layer's door, src/${layer}/index.ts, and let it export what is wanted.`,
  };
}

function checkArrow({ layer: from }: SourceFile, reference: Reference, to: string): Finding {
  if (from === undefined || from === to) return undefined;
  const arrows = arrowsFrom(from);
  if (arrows === undefined || arrows.to.includes(to)) return undefined;
  const types = arrows.types ?? [];
  if (types.includes(to) && reference.typeOnly) return undefined;
  if (from === 'domain') return { rule: 'domain-pure', what: `domain imports ${to}`, remedy: domainRemedy };
  const allowed = arrows.to.length > 0 ? either(arrows.to) : 'no other layer';
  const more = types.length > 0 ? `, and "import type" from ${either(types)}` : '';
  return {
    rule: 'layer-arrow',
    what: `${from} imports ${to}`,
    remedy: `From ${from} one may import ${allowed}${more}. Take it as an argument; src/app hands it in.`,
  };
}

const domainRemedy =
  'The domain imports nothing but the domain of the stage before: take what is wanted as an argument.';

function checkPackage(file: SourceFile, { specifier, typeOnly }: Reference, declared: Packages): Finding {
  if (specifier.startsWith('#')) return undefined;
  if (file.layer === 'domain') {
    return { rule: 'domain-pure', what: `domain imports "${specifier}"`, remedy: domainRemedy };
  }
  if (isBuiltin(specifier)) return undefined;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (declared.dependencies.has(name)) return undefined;
  // What is erased or only tested is no dependency of the running stage.
  const isForDevelopment = file.isTest || typeOnly;
  if (isForDevelopment && declared.devDependencies.has(name)) return undefined;
  return {
    rule: 'undeclared-package',
    what: `"${name}" is not among the ${isForDevelopment ? 'dependencies and devDependencies' : 'dependencies'} of ${file.stage.folder}`,
    remedy: `Declare it with its exact version in ${file.stage.folder}/package.json.`,
  };
}

interface Packages {
  dependencies: Set<string>;
  devDependencies: Set<string>;
}

function declaredPackages(stage: Stage): Packages {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(stage.path, 'package.json'), 'utf8'),
  ) as { dependencies?: object; devDependencies?: object };
  return {
    dependencies: new Set(Object.keys(dependencies)),
    devDependencies: new Set(Object.keys(devDependencies)),
  };
}

/** Every file of `src` lies in a layer that the table knows. */
export function checkLayerNames(project: Project, stage: Stage): Violation[] {
  const unknown = project
    .files(stage)
    .filter(({ layer }) => layer !== undefined && arrowsFrom(layer) === undefined);
  return unknown.map(({ shown, layer }) => ({
    file: shown,
    line: 1,
    rule: 'unknown-layer',
    what: `src/${layer} is no layer`,
    remedy: `The layers are app, ${Object.keys(layers).join(', ')}; a new one needs its arrows in shared/architecture/layers.ts.`,
  }));
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
