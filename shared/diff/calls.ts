import { depthChange } from '../architecture/outline.ts';
import type { SourceFile } from '../architecture/project.ts';
import { literalText, type Token } from '../architecture/tokens.ts';

/** A call `something.method(…)` as it stands in a source. */
export interface Call {
  method: string;
  /** The index of the first argument's first token. */
  argument: number;
}

/** Calls of these methods, on whatever: `app.get('/x')`, also `app.get<{ Body: X }>('/x')`. */
export function methodCalls({ outline: { tokens } }: SourceFile, methods: readonly string[]): Call[] {
  return tokens.flatMap(({ kind, text }, at) => {
    if (kind !== 'name' || !methods.includes(text) || tokens[at - 1]?.text !== '.') return [];
    const open = afterTypeArguments(tokens, at + 1);
    return tokens[open]?.text === '(' ? [{ method: text, argument: open + 1 }] : [];
  });
}

/** The index of what stands at `at`, or behind the `<…>` that stands there. */
export function afterTypeArguments(tokens: Token[], at: number): number {
  let depth = 0;
  let here = at;
  do {
    const text = tokens[here]?.text;
    if (text === '<') depth += 1;
    if (text === '>') depth -= 1;
    if (depth > 0 || text === '>') here += 1;
  } while (depth > 0 && here < tokens.length);
  return here;
}

/** A string as it is written: its text, or a template with its `${…}` left in; undefined for all else. */
export function writtenText({ text, outline: { tokens } }: SourceFile, at: number): string | undefined {
  const first = tokens[at];
  const literal = literalText(first);
  if (literal !== undefined || first?.kind !== 'template' || !first.text.startsWith('`')) return literal;
  const end = closing(tokens, at);
  return text.slice(first.start + 1, (tokens[end]?.end ?? first.end) - 1);
}

/** The index of the token that closes what the one at `open` opens. */
export function closing(tokens: Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    depth += depthChange(tokens[at] as Token);
    if (depth <= 0) return at;
  }
  return tokens.length - 1;
}

/** The keys of the object literal that opens at `open`, each with the index of its value's first token. */
export function objectKeys({ outline: { tokens } }: SourceFile, open: number): Map<string, number> {
  const keys = new Map<string, number>();
  if (tokens[open]?.text !== '{') return keys;
  const end = closing(tokens, open);
  for (let at = open + 1; at < end; at += 1) {
    const key = tokens[at] as Token;
    const begins = ['{', ','].includes(tokens[at - 1]?.text ?? '');
    if (begins && tokens[at + 1]?.text === ':') keys.set(literalText(key) ?? key.text, at + 2);
    if (depthChange(key) > 0) at = closing(tokens, at);
  }
  return keys;
}

/** The strings of `'a'` or `['a', 'b']` at `at`. */
export function writtenList(file: SourceFile, at: number): string[] {
  const { tokens } = file.outline;
  const end = tokens[at]?.text === '[' ? closing(tokens, at) : at;
  return tokens.slice(at, end + 1).flatMap((token) => literalText(token) ?? []);
}
