import type { styleText } from 'node:util';
import type { Difference } from './difference.ts';
import type { Entry, Mark, Section } from './items.ts';
import { withContext } from './lines.ts';

export type Style = Parameters<typeof styleText>[0];
export interface Page {
  /** Columns that a line may fill. */
  width: number;
  /** The text in a style, or as it is where nobody sees colours. */
  paint(style: Style, text: string): string;
}

const signs: Record<Mark, string> = { added: '+', changed: '~', removed: '-', same: ' ' };
const colours: Record<Mark, Style> = { added: 'green', changed: 'yellow', removed: 'red', same: 'dim' };

/** A root of up to this many lines is shown whole: it is meant to be read on one screen. */
const wholeRoot = 80;

/** The difference for people, as lines. */
export function reportOf(difference: Difference, page: Page): string[] {
  const { stage, previous, description, sections, warnings } = difference;
  const subject = previous
    ? `what it adds to stage ${previous.number}, ${previous.folder}`
    : 'the whole of it';
  return [
    '',
    page.paint('bold', `Stage ${stage.number}, ${stage.folder}`) + page.paint('dim', `: ${subject}`),
    ...wrap(sentence(description), page.width),
    ...sections.flatMap((section) => ['', heading(section, page), ...body(section, previous !== null, page)]),
    ...warnings.flatMap((text) => ['', ...wrap(text, page.width).map((line) => page.paint('yellow', line))]),
    '',
    ...(sections.length === 0 ? ['Nothing yet.', ''] : []),
  ];
}

/** The stage's own words, without its number, which stands above them. */
function sentence(description: string): string {
  return description.replace(/^Stage \d+: */, '').replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}

function heading({ title, note, entries, layout }: Section, page: Page): string {
  const words = [note ?? '', layout === 'names' || layout === 'files' ? countWords(entries, layout) : ''];
  const rest = words.filter(Boolean).join('; ');
  return page.paint(['bold', 'cyan'], title) + (rest ? page.paint('dim', `  ${rest}`) : '');
}

function countWords(entries: Entry[], layout: 'names' | 'files'): string {
  if (layout === 'names') {
    const counts = ['added', 'changed', 'removed'].map(
      (mark) => entries.filter((entry) => entry.mark === mark).length,
    );
    const words = ['new', 'replaced', 'gone'].map((word, index) =>
      counts[index] ? `${counts[index]} ${word}` : '',
    );
    return words.filter(Boolean).join(', ');
  }
  const listed = entries.filter(({ group }) => group !== '');
  const lines = listed.reduce((sum, { detail }) => sum + Number(detail), 0);
  return `${listed.length} new, ${lines} lines`;
}

function body(section: Section, isComparison: boolean, page: Page): string[] {
  const sign = (mark: Mark) => (isComparison ? `${page.paint(colours[mark], signs[mark])} ` : '');
  if (section.layout === 'files') return fileLines(section.entries, page);
  if (section.layout === 'names') return nameLines(section, sign, page);
  if (section.layout === 'lines') return codeLines(section.entries, isComparison, page);
  return tableLines(section.entries, sign, page);
}

/** `src/domain   134  patient.ts`, the folder said once. */
function fileLines(entries: Entry[], page: Page): string[] {
  const listed = entries.filter(({ group }) => group !== '');
  const sums = entries.filter(({ group }) => group === '');
  const margin = widest(listed.map(({ group }) => group)) + 2;
  const lines = listed.map(({ group, name, detail = '' }, index) => {
    const folder = listed[index - 1]?.group === group ? '' : group;
    return `  ${folder.padEnd(margin)}${page.paint('dim', detail.padStart(5))}  ${name.split('/').at(-1)}`;
  });
  const sumLines = sums.map(({ name, detail = '' }) => {
    const folder = name.split('/').slice(1).join('/');
    return page.paint(
      'dim',
      `  ${folder.padEnd(margin)}${detail.replace(/^\d+/, (digits) => digits.padStart(5))}`,
    );
  });
  return [...lines, ...sumLines];
}

/** `domain   + createPatient, replacePatient`, types on lines of their own. */
function nameLines({ entries, newGroups }: Section, sign: (mark: Mark) => string, page: Page): string[] {
  const groups = Map.groupBy(entries, ({ group }) => group);
  const titleOf = (group: string) => (newGroups.includes(group) ? `${group} (new)` : group);
  const margin = widest([...groups.keys()].map(titleOf)) + 4;
  return [...groups].flatMap(([group, inside]) => {
    const rows = Map.groupBy(inside, ({ mark, isType }) => `${mark}${isType ? ' type' : ''}`);
    const lines = [...rows.values()].flatMap((row) => {
      const [{ mark, isType } = { mark: 'added' as const, isType: false }] = row;
      const words = (isType ? 'types ' : '') + row.map(({ name }) => name).join(', ');
      const first = sign(mark);
      const rest = first === '' ? '' : '  ';
      return wrap(words, Math.max(20, page.width - margin - 2)).map(
        (line, index) => (index === 0 ? first : rest) + (isType ? page.paint('dim', line) : line),
      );
    });
    return lines.map((line, index) => `  ${(index === 0 ? titleOf(group) : '').padEnd(margin - 2)}${line}`);
  });
}

/** The lines of a file, with signs where two are compared; a line that is too long goes on below. */
function codeLines(entries: Entry[], isComparison: boolean, page: Page): string[] {
  const shown = isComparison && entries.length > wholeRoot ? withContext(entries, 3) : entries;
  // The headings name this stage's files; what was taken out lay in a file of the stage before.
  const files = shown.map(({ mark, group }) => (mark === 'removed' ? undefined : group));
  const first = files.find((file) => file !== undefined);
  let current = first;
  const lines = shown.flatMap(({ mark, name }, index) => {
    const begins = files[index] !== undefined && files[index] !== current;
    current = files[index] ?? current;
    return [...(begins ? [fileHeading(current, page)] : []), ...codeLine(mark, name, isComparison, page)];
  });
  return first === undefined ? lines : [fileHeading(first, page), ...lines];
}

function fileHeading(file: string | undefined, page: Page): string {
  return page.paint('dim', `  ${file}`);
}

function codeLine(mark: Mark, line: string, isComparison: boolean, page: Page): string[] {
  const sign = isComparison ? `${signs[mark]} ` : '';
  return wrapCode(line, page.width - 2 - sign.length).map((part) => {
    const text = `  ${sign}${part}`.trimEnd();
    return isComparison && mark !== 'same' ? page.paint(colours[mark], text) : text;
  });
}

function wrapCode(line: string, width: number): string[] {
  const indent = ' '.repeat(line.length - line.trimStart().length);
  const parts = wrap(line.trimStart(), width - indent.length - 2);
  return parts.map((part, index) => `${indent}${index > 0 ? '  ' : ''}${part}`);
}

/** Name, value, detail, in columns. What would get too narrow, or has no room at all, stands on lines of its own. */
function tableLines(entries: Entry[], sign: (mark: Mark) => string, page: Page): string[] {
  const nameOf = ({ group, name }: Entry) => (group ? `${group}.${name}` : name);
  const names = widest(entries.map(nameOf)) + 2;
  const values =
    widest(entries.map(({ value = '' }) => value)) + (entries.some(({ value }) => value) ? 2 : 0);
  return entries.flatMap((entry) => {
    const { mark, value = '', before, detail = '' } = entry;
    const words = before === undefined ? detail : `was ${before}${detail ? `; ${detail}` : ''}`;
    const start = `  ${sign(mark)}${nameOf(entry).padEnd(names)}${value.padEnd(values)}`;
    const margin = 2 + (sign(mark) ? 2 : 0) + names + values;
    if (margin > page.width) {
      const below = wrap([value, words].filter(Boolean).join(' '), page.width - 6);
      return [`  ${sign(mark)}${nameOf(entry)}`, ...below.map((line) => `      ${page.paint('dim', line)}`)];
    }
    if (page.width - margin < NARROWEST_DETAIL) {
      const below = wrap(words, page.width - 6).map((line) => `      ${page.paint('dim', line)}`);
      return [start.trimEnd(), ...(words ? below : [])];
    }
    const [first = '', ...more] = wrap(words, page.width - margin);
    const rest = more.map((line) => ' '.repeat(margin) + page.paint('dim', line));
    return [`${start}${first ? page.paint('dim', first) : ''}`.trimEnd(), ...rest];
  });
}

const NARROWEST_DETAIL = 30;

function widest(texts: string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}

/** Words on lines of at most `width`; a word that is longer by itself stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
