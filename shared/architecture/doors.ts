import type { ExportedName } from './outline.ts';
import type { Project, SourceFile } from './project.ts';

/** A name as an importer gets it, and the place that made it. */
export interface DoorName {
  name: string;
  kind: 'value' | 'type';
  /** The file, shown from the root, and the name there; an npm package's specifier for what comes from one. */
  origin: string;
  line: number;
}

export interface DoorNames {
  names: Map<string, DoorName>;
  /**
   * Names that two `export *` bring from different places, and the line of the later one. The language leaves
   * such a name out of the module without a word.
   */
  lost: Map<string, { origins: string[]; line: number }>;
}

/** What a module exports, `export *` followed to where each name was made, by the language's own rules. */
export function namesAt(project: Project, path: string, seen: readonly string[] = []): DoorNames {
  const names = new Map<string, DoorName>();
  const lost: DoorNames['lost'] = new Map();
  const file = project.file(path);
  if (!file || seen.includes(path)) return { names, lost };
  const inside = [...seen, path];

  const own = new Map(
    file.outline.exports.map((entry) => [entry.name, originOf(project, file, entry, inside)]),
  );
  for (const { specifier, line } of file.outline.references.filter(({ all }) => all)) {
    const target = project.resolve(specifier, file);
    if (target === undefined) continue;
    for (const found of namesAt(project, target, inside).names.values()) {
      // What a module says by name wins over what `export *` brings, and no default comes through a star.
      if (own.has(found.name) || found.name === 'default') continue;
      const before = names.get(found.name);
      if (before && before.origin !== found.origin) {
        const origins = lost.get(found.name)?.origins ?? [before.origin];
        lost.set(found.name, { origins: [...origins, found.origin], line });
      }
      names.set(found.name, before ?? found);
    }
  }
  for (const name of lost.keys()) names.delete(name);
  for (const [name, entry] of own) names.set(name, entry);
  return { names, lost };
}

/** Follows one exported name, through `export { a } from` or an import, to the file that made it. */
function originOf(
  project: Project,
  file: SourceFile,
  entry: ExportedName,
  seen: readonly string[],
): DoorName {
  const binding = file.outline.imported.get(entry.local);
  const specifier = entry.from ?? binding?.specifier;
  const here = { name: entry.name, kind: entry.kind, line: entry.line };
  if (specifier === undefined) return { ...here, origin: `${file.shown}#${entry.local}` };

  const wanted = entry.from === undefined ? (binding?.name ?? entry.local) : entry.local;
  const target = project.resolve(specifier, file);
  const found = target === undefined ? undefined : namesAt(project, target, seen).names.get(wanted);
  const kind = binding?.typeOnly ? 'type' : (found?.kind ?? entry.kind);
  return { ...here, kind, origin: found?.origin ?? `${specifier}#${wanted}` };
}
