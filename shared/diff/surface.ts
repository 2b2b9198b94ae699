import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesUnder, type Project, type SourceFile, slashed } from '../architecture/project.ts';
import { literalText } from '../architecture/tokens.ts';
import type { Stage } from '../stages.ts';
import { closing, methodCalls, objectKeys, writtenList, writtenText } from './calls.ts';
import type { Item } from './items.ts';

function filesOf(project: Project, stage: Stage, layer: string): SourceFile[] {
  return project.files(stage).filter((file) => file.layer === layer);
}

/** The packages that a stage declares, itself and its kind aside. */
export function collectPackages(_: Project, stage: Stage): Item[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(stage.path, 'package.json'), 'utf8'),
  ) as Partial<Record<'dependencies' | 'devDependencies', Record<string, string>>>;
  const itemsOf = (list: Record<string, string>, detail?: string) =>
    Object.entries(list)
      .filter(([name]) => !name.startsWith('@medcenter/'))
      .map(([name, value]) => ({ group: '', name, value, ...(detail ? { detail } : {}) }));
  return [...itemsOf(dependencies), ...itemsOf(devDependencies, 'for tests and types')];
}

const methods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;

/** Routes that the HTTP layer registers, by `app.get('/…', …)` or `app.route({ method, url })`. */
export function collectRoutes(project: Project, stage: Stage): Item[] {
  return filesOf(project, stage, 'transport/http').flatMap((file) => {
    const direct = methodCalls(file, methods).map(({ method, argument }) => routes(file, [method], argument));
    const described = methodCalls(file, ['route']).map(({ argument }) => {
      const keys = objectKeys(file, argument);
      return routes(
        file,
        writtenList(file, keys.get('method') ?? -1),
        keys.get('url') ?? keys.get('path') ?? -1,
      );
    });
    return [...direct, ...described].flat();
  });
}

function routes(file: SourceFile, verbs: readonly string[], at: number): Item[] {
  const path = writtenText(file, at);
  if (path === undefined || !/^(\/|\$\{)/.test(path)) return [];
  return verbs.map((verb) => ({ group: '', name: `${verb.toUpperCase().padEnd(6)} ${path}` }));
}

/** Flags and commands of the command line, by yargs' `.option('x', { describe })`, `.options` and `.command`. */
export function collectFlags(project: Project, stage: Stage): Item[] {
  return filesOf(project, stage, 'cli').flatMap((file) =>
    methodCalls(file, ['option', 'options', 'command']).flatMap(({ method, argument }) => {
      if (method === 'options' || file.outline.tokens[argument]?.text === '{') {
        return [...objectKeys(file, argument)].map(([name, at]) => flag(file, name, at));
      }
      const name = writtenText(file, argument);
      if (name === undefined || name.startsWith('$0')) return [];
      if (method === 'option') return [flag(file, name, argument + 2)];
      return [described(name, writtenText(file, argument + 2))];
    }),
  );
}

function flag(file: SourceFile, name: string, at: number): Item {
  const keys = objectKeys(file, at);
  const words = keys.get('describe') ?? keys.get('description') ?? keys.get('desc');
  return described(`--${name}`, words === undefined ? undefined : writtenText(file, words));
}

function described(name: string, detail: string | undefined): Item {
  return { group: '', name, ...(detail ? { detail } : {}) };
}

/** Topics that the events layer names: the strings given to something called `topic`, `topics` or `…_TOPIC`. */
export function collectTopics(project: Project, stage: Stage): Item[] {
  const names = filesOf(project, stage, 'events').flatMap(({ outline: { tokens } }) =>
    tokens.flatMap(({ kind, text }, at) => {
      if (kind !== 'name' || !/topics?$|topics?_|^topics?[A-Z]/i.test(text)) return [];
      if (!['=', ':'].includes(tokens[at + 1]?.text ?? '')) return [];
      const first = tokens[at + 2]?.text ?? '';
      const end = ['[', '{'].includes(first) ? closing(tokens, at + 2) : at + 2;
      return tokens
        .slice(at + 2, end + 1)
        .filter((_, index) => first !== '{' || tokens[at + 1 + index]?.text === ':')
        .flatMap((token) => literalText(token) ?? []);
    }),
  );
  return [...new Set(names)]
    .filter((name) => /^[a-z0-9]+([._-][a-z0-9]+)*$/.test(name))
    .map((name) => ({ group: '', name }));
}

/** SQL files, with the tables that each makes or changes. */
export function collectMigrations(_: Project, stage: Stage): Item[] {
  const paths = filesUnder(stage.path, /\.sql$/).filter(
    (path) => !relative(stage.path, path).startsWith('test'),
  );
  return paths.map((path) => {
    const sql = readFileSync(path, 'utf8').replace(/--.*/g, '');
    const made = tables(sql, /\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?["\w.]+/gi);
    const changed = tables(sql, /\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?["\w.]+/gi).filter(
      (name) => !made.includes(name),
    );
    const parts = [
      made.length > 0 && `creates ${made.join(', ')}`,
      changed.length > 0 && `alters ${changed.join(', ')}`,
    ];
    return described(slashed(relative(stage.path, path)), parts.filter(Boolean).join('; '));
  });
}

function tables(sql: string, statement: RegExp): string[] {
  const names = [...sql.matchAll(statement)].map(
    ([text]) => text.split(/\s+/).at(-1)?.replaceAll('"', '') ?? '',
  );
  return [...new Set(names)];
}

/** Remote procedures of the .proto files, under their services. */
export function collectProcedures(_: Project, stage: Stage): Item[] {
  return filesUnder(stage.path, /\.proto$/).flatMap((path) => {
    const proto = readFileSync(path, 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
    let group = '';
    return [...proto.matchAll(procedure)].flatMap(
      ([, service, name = '', asked = '', answered = '']): Item[] => {
        if (service !== undefined) {
          group = service;
          return [];
        }
        return [{ group, name, value: `${spaced(asked)} → ${spaced(answered)}` }];
      },
    );
  });
}

const procedure = /\bservice\s+(\w+)|\brpc\s+(\w+)\s*\(([^)]*)\)\s*returns\s*\(([^)]*)\)/g;

function spaced(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
