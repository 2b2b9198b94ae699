import { literalText, type Token, tokenize } from './tokens.ts';

/** One `import … from`, `export … from`, `import('…')` or `require('…')`. */
export interface Reference {
  specifier: string;
  line: number;
  /** Written with `import type` or `export type`: gone at run time. */
  typeOnly: boolean;
  /** Is it `export * from`? */
  all: boolean;
}

/** A name that a module offers by saying it; `export *` is a {@link Reference}. */
export interface ExportedName {
  name: string;
  line: number;
  kind: 'value' | 'type';
  /** The name inside the module: `a` of `export { a as b }`. */
  local: string;
  /** Of `export { a } from './b.ts'`: `./b.ts`. */
  from?: string;
}

/** What an import statement calls `local` here: a name of another module, `*` for all of it. */
export interface Binding {
  specifier: string;
  name: string;
  typeOnly: boolean;
}

export interface Outline {
  tokens: Token[];
  references: Reference[];
  exports: ExportedName[];
  /** By local name. */
  imported: Map<string, Binding>;
  /** Offsets of the statements that only import or pass on, half-open: noise where a person reads the rest. */
  passing: { start: number; end: number }[];
}

/** What a module imports and exports. Of `export const a = 1, b = 2` only the first name is seen: write two. */
export function outlineOf(source: string): Outline {
  const tokens = tokenize(source);
  const outline: Outline = { tokens, references: [], exports: [], imported: new Map(), passing: [] };
  let depth = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    depth += depthChange(token);
    if (token.kind !== 'name' || tokens[at - 1]?.text === '.') continue;
    if (token.text === 'import' || token.text === 'require') readCall(outline, at);
    if (depth === 0 && token.text === 'import') at = readImport(outline, at);
    if (depth === 0 && token.text === 'export') at = readExport(outline, at);
  }
  return outline;
}

export function depthChange({ kind, text }: Token): number {
  if (kind === 'template') return (text.endsWith('${') ? 1 : 0) - (text.startsWith('}') ? 1 : 0);
  if (kind !== 'punctuation') return 0;
  if (text === '(' || text === '[' || text === '{') return 1;
  return text === ')' || text === ']' || text === '}' ? -1 : 0;
}

/** `import('x')` and `require('x')`, wherever they stand. */
function readCall({ tokens, references }: Outline, at: number): void {
  const specifier = literalText(tokens[at + 2]);
  if (tokens[at + 1]?.text !== '(' || specifier === undefined) return;
  references.push({ specifier, line: tokens[at]?.line ?? 0, typeOnly: false, all: false });
}

/** An import statement that begins at `at`; answers where it ends. Leaves `import(…)` and `import.meta` alone. */
function readImport(outline: Outline, at: number): number {
  const { tokens, imported } = outline;
  if (tokens[at + 1]?.text === '(' || tokens[at + 1]?.text === '.') return at;
  const end = tokens.findIndex((token, index) => index > at && token.kind === 'string');
  const specifier = literalText(tokens[end]);
  if (specifier === undefined) return at;
  const clause = tokens.slice(at + 1, end);
  const typeOnly = clause[0]?.text === 'type' && clause[1]?.text !== 'from' && clause[1]?.text !== ',';
  addPassing(outline, at, end, { specifier, typeOnly, all: false });
  for (const { name, alias, type } of namesBetween(clause)) {
    imported.set(alias, { specifier, name, typeOnly: typeOnly || type });
  }
  return end;
}

function addPassing(outline: Outline, at: number, end: number, reference: Omit<Reference, 'line'>): void {
  const [first, last] = [outline.tokens[at] as Token, outline.tokens[end] as Token];
  const semicolon = outline.tokens[end + 1]?.text === ';' ? 1 : 0;
  outline.references.push({ ...reference, line: first.line });
  outline.passing.push({ start: first.start, end: last.end + semicolon });
}

/** The names of `{ a, b as c, type d }`; the default and `* as x` of an import clause too. */
function namesBetween(clause: Token[]): { name: string; alias: string; type: boolean }[] {
  const found = [];
  let braces = false;
  for (const part of splitAtCommas(clause)) {
    const words = part
      .map(({ text }) => text)
      .filter((text) => text !== '{' && text !== '}' && text !== 'from');
    const inBraces: boolean = braces || part.some(({ text }) => text === '{');
    braces = inBraces && !part.some(({ text }) => text === '}');
    const type = words[0] === 'type' && words.length > 1 && words[1] !== 'as';
    const [name, , alias] = type ? words.slice(1) : words;
    if (name === undefined) continue;
    found.push({ name: inBraces || name === '*' ? name : 'default', alias: alias ?? name, type });
  }
  return found;
}

function splitAtCommas(tokens: Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** An export statement that begins at `at`; answers where its head ends. */
function readExport(outline: Outline, at: number): number {
  const { tokens } = outline;
  const line = tokens[at]?.line ?? 0;
  const typeOnly = tokens[at + 1]?.text === 'type' && ['{', '*'].includes(tokens[at + 2]?.text ?? '');
  const head = typeOnly ? at + 2 : at + 1;
  const kind = typeOnly ? 'type' : 'value';
  if (tokens[head]?.text === '*') return readExportAll(outline, at, head, typeOnly);
  if (tokens[head]?.text !== '{') return readDeclaration(outline, at);

  const close = tokens.findIndex((token, index) => index > head && token.text === '}');
  const specifier = tokens[close + 1]?.text === 'from' ? literalText(tokens[close + 2]) : undefined;
  for (const { name, alias, type } of namesBetween(tokens.slice(head, close + 1))) {
    const entry: ExportedName = { name: alias, line, kind: type ? 'type' : kind, local: name };
    outline.exports.push(specifier === undefined ? entry : { ...entry, from: specifier });
  }
  if (specifier === undefined) return close;
  addPassing(outline, at, close + 2, { specifier, typeOnly, all: false });
  return close + 2;
}

function readExportAll(outline: Outline, at: number, star: number, typeOnly: boolean): number {
  const { tokens } = outline;
  const alias = tokens[star + 1]?.text === 'as' ? tokens[star + 2] : undefined;
  const end = alias ? star + 4 : star + 2;
  const specifier = literalText(tokens[end]);
  if (specifier === undefined) return star;
  addPassing(outline, at, end, { specifier, typeOnly, all: alias === undefined });
  const kind = typeOnly ? 'type' : 'value';
  if (alias) outline.exports.push({ name: alias.text, line: alias.line, kind, local: '*', from: specifier });
  return end;
}

const modifiers = new Set(['declare', 'async', 'abstract', '*']);
const typeWords = new Set(['interface', 'type']);
const valueWords = new Set(['function', 'class', 'const', 'let', 'var', 'enum', 'namespace', 'using']);

/** `export const x`, `export async function f`, `export interface T`, `export default …` and their like. */
function readDeclaration({ tokens, exports }: Outline, at: number): number {
  let here = at + 1;
  const text = () => tokens[here]?.text ?? '';
  const line = tokens[at]?.line ?? 0;
  if (text() === 'default') {
    exports.push({ name: 'default', line, kind: 'value', local: 'default' });
    return here;
  }
  while (modifiers.has(text())) here += 1;
  const word = text();
  if (!typeWords.has(word) && !valueWords.has(word)) return at;
  here += 1;
  while (modifiers.has(text())) here += 1;
  const kind = typeWords.has(word) ? 'type' : 'value';
  const names = text() === '{' || text() === '[' ? patternNames(tokens, here) : [text()];
  // Overloads, and a type and a value of one name, are one name at a door.
  for (const name of names) {
    const known = exports.find((entry) => entry.name === name && entry.from === undefined);
    if (!known) exports.push({ name, line, kind, local: name });
    else if (kind === 'value') known.kind = 'value';
  }
  return here - 1;
}

/** The names that `{ a, b: c = 1, ...rest }` or `[a, b]` binds, one level deep. */
function patternNames(tokens: Token[], open: number): string[] {
  const close = tokens.findIndex((token, index) => index > open && ['}', ']'].includes(token.text));
  return splitAtCommas(tokens.slice(open + 1, close)).flatMap((part) => {
    const equals = part.findIndex(({ text }) => text === '=');
    const bound = equals < 0 ? part.at(-1) : part[equals - 1];
    return bound ? [bound.text] : [];
  });
}
