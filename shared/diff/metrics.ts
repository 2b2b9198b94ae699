import type { Project, SourceFile } from '../architecture/project.ts';
import { literalText } from '../architecture/tokens.ts';
import type { Stage } from '../stages.ts';
import { afterTypeArguments, objectKeys, writtenText } from './calls.ts';
import type { Item } from './items.ts';

/** What prom-client calls them, and a function of the stage's own may be called, in small letters. */
const KIND = /^(counter|gauge|histogram|summary)$/i;

/** Metrics that the observability layer names: by `new Counter({ name, help })`, or `counter('name', 'help')`. */
export function collectMetrics(project: Project, stage: Stage): Item[] {
  const files = project.files(stage).filter(({ layer }) => layer === 'observability');
  return files.flatMap((file) =>
    file.outline.tokens.flatMap(({ kind, text }, at) => {
      const open = kind === 'name' && KIND.test(text) ? afterTypeArguments(file.outline.tokens, at + 1) : -1;
      if (file.outline.tokens[open]?.text !== '(') return [];
      return described(file, text.toLowerCase(), open + 1);
    }),
  );
}

function described(file: SourceFile, value: string, argument: number): Item[] {
  const keys = objectKeys(file, argument);
  const [nameAt, helpAt] = keys.size > 0 ? [keys.get('name'), keys.get('help')] : [argument, argument + 2];
  const name = literalText(file.outline.tokens[nameAt ?? -1]);
  if (name === undefined || !/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name)) return [];
  const detail = helpAt === undefined ? undefined : writtenText(file, helpAt);
  return [{ group: '', name, value, ...(detail ? { detail } : {}) }];
}
