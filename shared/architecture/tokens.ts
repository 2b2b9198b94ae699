/**
 * TypeScript source cut into tokens: enough of the language to tell code from comments, strings, templates
 * and regular expressions, and no more. The native TypeScript compiler offers no interface to ask, and a
 * search by regular expression would find the imports inside comments.
 */
export interface Token {
  kind: 'name' | 'string' | 'template' | 'number' | 'regex' | 'punctuation';
  text: string;
  /** Offsets into the source, half-open. */
  start: number;
  end: number;
  /** From 1. */
  line: number;
}

const blank = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|^#![^\n]*)+/y;
const patterns = {
  name: /[#$_\p{ID_Start}][$\p{ID_Continue}]*/uy,
  string: /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y,
  number: /\.?\d[\w.]*/y,
  regex: /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
  punctuation: /=>|\?\.(?!\d)|\.\.\.|[\s\S]/y,
} as const;

/** From a backtick, or from the brace that ends a substitution, to the next substitution or the end. */
const templatePart = /[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;

/** After these words a slash begins a regular expression; after any other name it divides. */
const wordsBeforeValues = new Set([
  'return',
  'typeof',
  'case',
  'do',
  'else',
  'in',
  'of',
  'void',
  'delete',
  'await',
  'yield',
]);

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** How many braces are open inside each substitution that we are in, innermost last. */
  const substitutions: number[] = [];
  let at = 0;
  let line = 1;

  for (;;) {
    const skipped = matchAt(blank, source, at) ?? '';
    at += skipped.length;
    line += countLines(skipped);
    if (at >= source.length) return tokens;

    const open = substitutions.at(-1);
    const [kind, text] = next(source, at, tokens.at(-1), open === 0);
    tokens.push({ kind, text, start: at, end: at + text.length, line });
    if (kind === 'template') {
      if (text.startsWith('}')) substitutions.pop();
      if (text.endsWith('${')) substitutions.push(0);
    } else if (open !== undefined && (text === '{' || text === '}')) {
      substitutions[substitutions.length - 1] = open + (text === '{' ? 1 : -1);
    }
    at += text.length;
    line += countLines(text);
  }
}

function next(source: string, at: number, previous: Token | undefined, endsSubstitution: boolean) {
  const first = source[at];
  if (first === '`' || (first === '}' && endsSubstitution)) {
    const text = matchAt(templatePart, source, at);
    if (text !== undefined) return ['template', text] as const;
  }
  if (first === '/' && mayBeginValue(previous)) {
    const text = matchAt(patterns.regex, source, at);
    if (text !== undefined) return ['regex', text] as const;
  }
  for (const kind of ['name', 'string', 'number'] as const) {
    const text = matchAt(patterns[kind], source, at);
    if (text !== undefined) return [kind, text] as const;
  }
  return ['punctuation', matchAt(patterns.punctuation, source, at) ?? ''] as const;
}

function mayBeginValue(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'name') return wordsBeforeValues.has(previous.text);
  if (previous.kind === 'template') return previous.text.endsWith('${');
  return previous.kind === 'punctuation' && ![')', ']', '}'].includes(previous.text);
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}

/** What a string literal, or a template without substitutions, stands for; undefined for other tokens. */
export function literalText(token: Token | undefined): string | undefined {
  if (token?.kind === 'string' || (token?.kind === 'template' && /^`[\s\S]*`$/.test(token.text))) {
    return token.text
      .slice(1, -1)
      .replace(/\\([\s\S])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
  }
  return undefined;
}
