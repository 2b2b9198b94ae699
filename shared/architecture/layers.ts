/**
 * The layers of a stage's `src`, and the arrows between them: which layer may import which. A layer may always
 * import itself. `types` are arrows for `import type` alone: an interface to be given, not a thing to be called.
 *
 *     main -> app -> transport | cli -> service -> domain
 *                    repository -> domain
 */
export interface Arrows {
  /** May be imported for use. */
  to: readonly string[];
  /** May be imported by `import type` only. */
  types?: readonly string[];
}

export const layers: Readonly<Record<string, Arrows>> = {
  domain: { to: [] },
  schema: { to: ['domain'] },
  config: { to: ['schema'] },
  service: { to: ['domain'], types: ['repository', 'observability'] },
  repository: { to: ['domain', 'schema'], types: ['cache', 'observability'] },
  cache: { to: ['domain'], types: ['repository', 'observability'] },
  session: { to: ['domain', 'schema', 'repository'], types: ['cache'] },
  events: { to: ['domain', 'schema', 'repository'], types: ['service', 'observability'] },
  observability: { to: ['domain'], types: ['service', 'repository', 'cache', 'session', 'events'] },
  cli: { to: ['domain', 'schema', 'service', 'observability'], types: ['session', 'events'] },
  'transport/http': {
    to: ['domain', 'schema', 'service', 'observability', 'transport/grpc'],
    types: ['session', 'cache', 'events'],
  },
  'transport/grpc': { to: ['domain', 'schema', 'service', 'observability'], types: ['session', 'events'] },
};

/** The composition root knows every layer; `main`, the files directly in `src`, only what it starts. */
const appArrows: Arrows = { to: Object.keys(layers) };
const mainArrows: Arrows = { to: ['app', 'cli', 'config'] };

export function arrowsFrom(layer: string): Arrows | undefined {
  if (layer === 'app') return appArrows;
  if (layer === 'main') return mainArrows;
  return layers[layer];
}

/** Names that a stage may offer anew under an inherited name. Whatever else varies is an argument. */
export const replaceableNames: readonly string[] = [
  'variables',
  'migrations',
  'createCli',
  'start',
  'startSchedule',
  'runCommandLine',
];

/** The layer of a path inside `src`, with `/` between its parts: `transport/http/routes.ts` is in `transport/http`. */
export function layerOf(pathInSource: string): string {
  const parts = pathInSource.split('/');
  if (parts.length === 1) return 'main';
  const [first = '', second = ''] = parts;
  return first === 'transport' && parts.length > 2 ? `${first}/${second}` : first;
}
