/** What the ids of a lesson stand for while it is played: the lesson's own id, and the one of this run. */
export type Ids = Map<string, string>;

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** A cursor, a token: too long for a word that people write. */
const TOKEN = '(?=-*\\w)[\\w-]{40,}';
/** Of a trace, and of a span. */
const TRACE = '[0-9a-f]{32}';
const SPAN = '[0-9a-f]{16}';
/** In a lesson a letter tells such an id from a number. */
const WITH_LETTER = '\\b(?=\\d*[a-f])';
const ID = `${TOKEN}|${UUID}|${WITH_LETTER}(?:${TRACE}|${SPAN})\\b`;
/** What else an id may stand for: the first that it is as a whole. */
const KINDS = [UUID, TRACE, SPAN, TOKEN];
const INSTANT = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)';
const NUMBER = '\\d+(?:[.,]\\d+)*';
/** As a trace is drawn. */
const BAR = '█+';
const ANY_LINES = '…';

/** A text with each id of the lesson put to what it stands for in this run. */
export function putIds(text: string, ids: Ids): string {
  return text.replaceAll(new RegExp(ID, 'g'), (id) => ids.get(id) ?? id);
}

/**
 * How the actual text differs from the lesson's, or undefined. A line `…` is any lines, an instant any instant, a
 * new id any id that no other stands for; the ids that are met are added to `ids`.
 */
export function compare(
  expected: readonly string[],
  actual: readonly string[],
  ids: Ids,
  figuresVary = false,
): string | undefined {
  const wanted = trimEnds(expected);
  const text = linesOf(trimEnds(actual));
  const match = patternOf(wanted, ids, figuresVary, '$').exec(text);
  if (!match) return `${firstDifference(wanted, text, ids, figuresVary)}\nIt printed:\n${indent(text)}`;
  for (const [index, id] of newIds(wanted, ids).entries()) {
    const met = match.groups?.[`id${index}`] ?? '';
    if ([...ids.values()].includes(met)) return `${id} is one id in the lesson and another one here: ${met}`;
    ids.set(id, met);
  }
  return undefined;
}

/** The same, where the lines may come in any order, among others: processes that work at once write as they like. */
export function compareAnyOrder(
  expected: readonly string[],
  actual: readonly string[],
  ids: Ids,
  figuresVary = false,
): string | undefined {
  for (const line of expected.filter((each) => each.trim() !== ANY_LINES)) {
    const difference = compare([ANY_LINES, line, ANY_LINES], actual, ids, figuresVary);
    if (difference) return difference;
  }
  return undefined;
}

/** The longest beginning of the lesson's text that fits tells which of its lines does not. */
function firstDifference(wanted: readonly string[], text: string, ids: Ids, figuresVary: boolean): string {
  const bad = wanted.findIndex(
    (_, index) => !patternOf(wanted.slice(0, index + 1), ids, figuresVary, '').test(text),
  );
  return bad < 0
    ? 'It printed more than the lesson says.'
    : `The lesson says, and it did not print:\n${indent(wanted[bad] ?? '')}`;
}

function patternOf(lines: readonly string[], ids: Ids, figuresVary: boolean, end: string): RegExp {
  const fresh = newIds(lines, ids);
  const met = new Set<string>();
  const idPattern = (id: string) => {
    const known = ids.get(id);
    if (known) return known;
    const name = `id${fresh.indexOf(id)}`;
    const pattern = met.has(id) ? `\\k<${name}>` : `(?<${name}>${kindOf(id)})`;
    met.add(id);
    return pattern;
  };
  const linePattern = (line: string) => {
    if (line.trim() === ANY_LINES) return '(?:.*\\n)*?';
    const parts = line
      .trimEnd()
      .split(new RegExp(`(${ID}|${INSTANT}${figuresVary ? `|${NUMBER}| +|${BAR}` : ''})`));
    // Split by a group, every second part is what the group met.
    return `${parts.map((part, index) => (index % 2 ? variablePattern(part, idPattern) : literally(part))).join('')}\\n`;
  };
  return new RegExp(`^${lines.map(linePattern).join('')}${end}`);
}

function variablePattern(part: string, idPattern: (id: string) => string): string {
  if (new RegExp(`^(?:${ID})$`).test(part)) return idPattern(part);
  if (new RegExp(`^${INSTANT}$`).test(part)) return INSTANT;
  if (part.startsWith('█')) return BAR;
  return part.trim() === '' ? ' +' : NUMBER;
}

function kindOf(id: string): string {
  return KINDS.find((kind) => new RegExp(`^${kind}$`).test(id)) ?? TOKEN;
}

/** For a regular expression: every sign as it stands. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function newIds(lines: readonly string[], ids: Ids): string[] {
  const all = lines.flatMap((line) => line.match(new RegExp(ID, 'g')) ?? []);
  return [...new Set(all)].filter((id) => !ids.has(id));
}

function trimEnds(lines: readonly string[]): string[] {
  const text = lines.map((line) => line.trimEnd()).join('\n');
  return text.trim() === '' ? [] : text.replace(/^\n+/, '').trimEnd().split('\n');
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ') || '    (nothing)';
}
