import type { Stage } from '../stages.ts';
import type { Project, SourceFile } from './project.ts';
import type { Token } from './tokens.ts';
import type { Violation } from './violation.ts';

/** The domain is a matter of values: no clock, no chance, no machine. What it imports, import-rules.ts checks. */
export function checkDomain(project: Project, stage: Stage): Violation[] {
  const files = project.files(stage).filter(({ layer }) => layer === 'domain');
  return files.flatMap((file) =>
    impureUses(file.outline.tokens).map(({ line, name }) => ({
      file: file.shown,
      line,
      rule: 'domain-pure',
      what: `domain uses ${name}`,
      remedy: 'Take the time, the id or the value as an argument; src/app has the real one.',
    })),
  );
}

const impureGlobals = new Set([
  'process',
  'globalThis',
  'global',
  'console',
  'crypto',
  'performance',
  'fetch',
  'navigator',
  'Buffer',
  'require',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
]);

function impureUses(tokens: Token[]): { name: string; line: number }[] {
  return tokens.flatMap((token, at) => {
    const name = isFreeName(tokens, at) ? impureName(tokens, at) : undefined;
    return name === undefined ? [] : [{ name, line: token.line }];
  });
}

function impureName(tokens: Token[], at: number): string | undefined {
  const name = tokens[at]?.text ?? '';
  const [before, after, afterThat] = [tokens[at - 1]?.text, tokens[at + 1]?.text, tokens[at + 2]?.text];
  if (impureGlobals.has(name)) return name;
  if (name === 'Math' && afterThat === 'random') return 'Math.random';
  if (name === 'Temporal' && afterThat === 'Now') return 'Temporal.Now';
  if (name !== 'Date') return undefined;
  if (after === '.' && afterThat === 'now') return 'Date.now';
  if (before === 'new')
    return after === '(' && afterThat !== ')' ? undefined : 'new Date() without an argument';
  return after === '(' ? 'Date() without new' : undefined;
}

/** Is this name the variable, and not `x.name`, `{ name: … }` or a member or parameter `name: Type`? */
function isFreeName(tokens: Token[], at: number): boolean {
  const [before, after] = [tokens[at - 1]?.text, tokens[at + 1]?.text];
  if (tokens[at]?.kind !== 'name' || before === '.' || before === '?.') return false;
  const isKey = after === ':' || (after === '?' && tokens[at + 2]?.text === ':');
  return !isKey || before === '?';
}

/** The environment is read in config alone, so that one table says all that a stage takes from outside. */
export function checkEnvironment(project: Project, stage: Stage): Violation[] {
  const files = project.files(stage).filter(({ isTest, layer }) => !isTest && layer !== 'config');
  return files.flatMap((file) =>
    environmentLines(file).map((line) => ({
      file: file.shown,
      line,
      rule: 'environment',
      what: `${file.layer ?? 'a file'} reads the environment`,
      remedy: `Name the variable in src/config/index.ts and take its value from the configuration.`,
    })),
  );
}

const readers = ['env', 'loadEnvFile'];

function environmentLines({ outline }: SourceFile): number[] {
  const { tokens, imported } = outline;
  const used = tokens.filter((token, at) => {
    if (token.text !== 'process' || token.kind !== 'name') return false;
    const [before, next, member] = [tokens[at - 1], tokens[at + 1]?.text, tokens[at + 2]?.text ?? ''];
    if (next === '.' || next === '?.') return readers.includes(member);
    if (next === '[') return readers.includes(member.slice(1, -1));
    return before?.text === '=' && takesOut(tokens, at - 1);
  });
  const imports = [...imported].filter(
    ([, { specifier, name }]) => /^(node:)?process$/.test(specifier) && readers.includes(name),
  );
  const lines = imports.map(([local]) => tokens.find(({ text }) => text === local)?.line ?? 1);
  return [...lines, ...used.map(({ line }) => line)];
}

/** Does the pattern before this `=` take the environment out, as `const { env } = process` does? */
function takesOut(tokens: Token[], equals: number): boolean {
  if (tokens[equals - 1]?.text !== '}') return false;
  const open = tokens.findLastIndex(({ text }, index) => index < equals && text === '{');
  return tokens.slice(open, equals).some(({ text }) => readers.includes(text));
}
