import { quoteWord } from './words.ts';

/** One request over HTTP, as a check wants it sent. */
export interface Call {
  method: string;
  /** From the server's root, or a whole address. */
  path: string;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: Body | undefined;
}

/** What goes as it is, what becomes JSON, or what is too long to be shown. */
export type Body = string | Buffer | Readonly<Record<string, unknown>> | LongBody;

export class LongBody {
  readonly start: string;
  readonly spaces: number;
  /** Its length is told beforehand; otherwise it goes in chunks. */
  readonly measured: boolean;

  constructor(start: string, spaces: number, measured: boolean) {
    this.start = start;
    this.spaces = spaces;
    this.measured = measured;
  }
}

export function textOf(body: Body | undefined): string {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  if (Buffer.isBuffer(body)) return body.toString('latin1');
  if (body instanceof LongBody) return `${body.start} and ${body.spaces} spaces`;
  return JSON.stringify(body);
}

/** Something that an answer gave, and that later requests may need: on another server it has another value. */
interface Gain {
  kind: 'id' | 'etag' | 'cursor' | 'token';
  value: string;
}

/** A gain that a variable of the shell holds. */
export interface KnownGain extends Gain {
  name: string;
}

/** How the shell takes it out of an answer that was kept in a file. */
const takenBy = {
  id: (file: string) => `$(grep -i '^location:' ${file} | tr -d '\\r' | sed 's|.*/||')`,
  etag: (file: string) => `$(grep -i '^etag:' ${file} | tr -d '\\r' | sed 's/^[^:]*: *//')`,
  token: takeToken,
  cursor: (file: string) => `$(sed -n 's/.*"nextCursor": *"\\([^"]*\\)".*/\\1/p' ${file})`,
};

/** The token of a login whose answer is in this file. */
export function takeToken(file: string): string {
  return `$(sed -n 's/.*"token": *"\\([^"]*\\)".*/\\1/p' ${file})`;
}

type Step = { calls: Call[]; gains: Gain[][] } | { line: string; quoted: boolean };

/** All that one check did to one server, so that a person can do it again. */
export interface Story {
  /** Several calls are sent at once. Gives a way to tell, later, what each of them brought. */
  tellCalls(calls: readonly Call[]): (gains: Gain[][]) => void;
  /** A line for a shell; ids in it stand in single quotes, or in none. */
  tell(line: string, quoted?: boolean): void;
  /** Lines for a shell that repeat it up to now. */
  repeat(): () => string;
}

/** The server is there after the opening lines, which may have brought something, and gone after the closing ones. */
export function createStory(
  url: string,
  opening: readonly string[],
  closing: readonly string[],
  brought: readonly KnownGain[] = [],
): Story {
  const steps: Step[] = [];
  return {
    tellCalls(calls) {
      const step = { calls: [...calls], gains: [] as Gain[][] };
      steps.push(step);
      return (gains) => step.gains.push(...gains);
    },
    tell: (line, quoted = false) => void steps.push({ line, quoted }),
    repeat() {
      const told = steps.slice();
      return () => [...opening, ...linesOf(told, url, brought), ...closing].join('\n');
    },
  };
}

function linesOf(steps: readonly Step[], url: string, brought: readonly KnownGain[]): string[] {
  const known = new Map<string, KnownGain>(brought.map((gain) => [gain.value, gain]));
  return steps.flatMap((step, index) => {
    if ('line' in step) return [lineWith(step, [...known.values()])];
    const lines = step.calls.map((call) => curlLine(call, url, [...known.values()]));
    const later = steps.slice(index + 1);
    const alone = step.calls.length === 1;
    const taking: string[] = [];
    step.gains.forEach((gains, place) => {
      const number = alone ? `${index + 1}` : `${index + 1}_${place + 1}`;
      const wanted = gains.filter((gain) => later.some((each) => uses(each, gain)));
      if (wanted.length > 0) lines[place] += ` | tee answer-${number}.txt`;
      for (const { kind, value } of wanted) {
        const name = `${kind}${number}`;
        // Of two values that are alike here, the later one is meant.
        known.delete(value);
        known.set(value, { kind, value, name });
        taking.push(`${name}="${takenBy[kind](`answer-${number}.txt`)}"`);
      }
    });
    if (alone) return [...lines, ...taking];
    const jobs = lines.map((line, place) => `${line} & job${place}=$!`);
    return [...jobs, `wait ${lines.map((_, place) => `$job${place}`).join(' ')}`, ...taking];
  });
}

function uses(step: Step, { kind, value }: Gain): boolean {
  if ('line' in step) return (kind === 'id' || kind === 'token') && step.line.includes(value);
  return step.calls.some(({ path, headers = {}, body }) => {
    if (kind === 'etag')
      return Object.entries(headers).some(([name, text]) => isCondition(name, text, value));
    if (kind === 'token') return Object.values(headers).some((text) => text.includes(value));
    return path.includes(value) || textOf(body).includes(value);
  });
}

function lineWith({ line, quoted }: { line: string; quoted: boolean }, known: readonly KnownGain[]) {
  const ids = known.filter(({ kind }) => kind === 'id' || kind === 'token');
  const variable = (name: string) => (quoted ? `'"$${name}"'` : `"$${name}"`);
  return ids.reduce((text, { value, name }) => text.replaceAll(value, () => variable(name)), line);
}

const isCondition = (name: string, text: string, value: string) =>
  /^if-(none-)?match$/i.test(name) && text.includes(value);

const isAuthorization = (name: string) => /^authorization$/i.test(name);

/** The request as curl sends it. */
export function curlLine(
  { method, path, headers = {}, body }: Call,
  url: string,
  known: readonly KnownGain[] = [],
): string {
  const others = known.filter(({ kind }) => kind !== 'etag' && kind !== 'token');
  const tokens = known.filter(({ kind }) => kind === 'token');
  const words = ['curl', '-isS'];
  if (method === 'HEAD') words.push('--head');
  else if (method !== 'GET') words.push('-X', method);
  for (const [name, text] of Object.entries(allHeaders(headers, body))) {
    const gains = isAuthorization(name) ? tokens : isCondition(name, text, '') ? known : [];
    words.push('-H', quoteWith(text === '' ? `${name};` : `${name}: ${text}`, gains));
  }
  const target = /^https?:/.test(path) ? path : url + path;
  if (/[[\]{}]/.test(target)) words.push('-g');
  if (body instanceof LongBody) {
    const { start, spaces, measured } = body;
    const bytes = `{ printf %s ${quoteWord(start)}; head -c ${spaces} /dev/zero | tr '\\0' ' '; }`;
    words.push(measured ? '--data-binary @-' : "-H 'Transfer-Encoding: chunked' -T -", quoteWord(target));
    return `${bytes} | ${words.join(' ')}`;
  }
  if (Buffer.isBuffer(body)) {
    const bytes = `printf %s ${body.toString('base64')} | base64 -d`;
    return `${bytes} | ${[...words, '--data-binary', '@-', quoteWord(target)].join(' ')}`;
  }
  if (body !== undefined) words.push('--data-binary', quoteWith(textOf(body), others) || "''");
  return [...words, quoteWith(target, others)].join(' ');
}

/** Two headers that a client would otherwise add on its own are always said: the type of a body, also where there is none. */
export function allHeaders(headers: Readonly<Record<string, string>>, body: Body | undefined) {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return body === undefined || named ? headers : { ...headers, 'Content-Type': 'application/json' };
}

/** The word quoted, with each known value in it as a variable of the shell. */
function quoteWith(word: string, known: readonly { value: string; name: string }[]): string {
  const [first, ...others] = known;
  if (!first) return word === '' ? '' : quoteWord(word);
  const parts = word.split(first.value).map((part) => quoteWith(part, others));
  return parts.join(`"$${first.name}"`);
}
