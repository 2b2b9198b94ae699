/** A fenced block, such as ```console exit=1 … ```. */
export interface Fence {
  /** Of its opening, from 1. */
  readonly line: number;
  /** The first word behind the opening; empty when there is none. */
  readonly language: string;
  /** The other words: `exit=1` has a value, a bare word is empty. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly lines: readonly string[];
}

/** A piece of text and the line where it begins. */
export interface Piece {
  readonly line: number;
  readonly text: string;
}

export interface Markdown {
  readonly fences: readonly Fence[];
  /** Where the links and images lead. */
  readonly links: readonly Piece[];
  /** What stands between backticks in the prose. */
  readonly codes: readonly Piece[];
  /** The anchors of the headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
}

export function parseMarkdown(text: string): Markdown {
  const { fences, prose } = splitFences(text.split(/\r?\n/));
  const codes: Piece[] = [];
  // Code is blanked with as many characters and lines as it has, so that what comes after it keeps its place.
  const bare = prose.replaceAll(/(`+)(?!`)(.+?)(?<!`)\1(?!`)/gs, (whole, _ticks, code, offset) => {
    codes.push({ line: lineAt(prose, offset), text: code.replaceAll(/\s+/g, ' ').trim() });
    return whole.replaceAll(/[^\n]/g, ' ');
  });
  return { fences, codes, links: linksOf(bare), anchors: anchorsOf(prose) };
}

/** The fences, and the rest with an empty line for each of theirs. */
function splitFences(lines: readonly string[]): { fences: Fence[]; prose: string } {
  const fences: Fence[] = [];
  const prose: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const [, indent = '', ticks, info = ''] = /^(\s*)(`{3,}|~{3,})\s*([^`]*)$/.exec(line) ?? [];
    prose.push(ticks ? '' : line);
    if (!ticks) continue;
    const closing = new RegExp(`^\\s*${ticks[0]}{${ticks.length},}\\s*$`);
    const length = lines.slice(index + 1).findIndex((each) => closing.test(each));
    const end = length < 0 ? lines.length : index + 1 + length;
    const content = lines
      .slice(index + 1, end)
      .map((each) => each.replace(new RegExp(`^\\s{0,${indent.length}}`), ''));
    fences.push({ line: index + 1, ...parseInfo(info), lines: content });
    for (; index < end; index++) prose.push('');
  }
  return { fences, prose: prose.join('\n') };
}

function parseInfo(info: string): Pick<Fence, 'language' | 'attributes'> {
  const [language = ''] = /^\S*/.exec(info) ?? [];
  const words = info.slice(language.length).matchAll(/([^\s=]+)(?:=(?:"([^"]*)"|(\S*)))?/g);
  return {
    language,
    attributes: new Map([...words].map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? ''])),
  };
}

function linksOf(text: string): Piece[] {
  const forms = [
    /\]\(\s*<?([^)\s>]+)>?[^)]*\)/g, // [text](target) and ![text](target "title")
    /^[ \t]*\[[^\]]+\]:\s*<?(\S+?)>?(?=\s|$)/gm, // [name]: target
    /<(?:a|img)\s[^>]*?(?:href|src)="([^"]*)"/g,
  ];
  return forms
    .flatMap((form) => [...text.matchAll(form)])
    .map(({ 1: target = '', index }) => ({ line: lineAt(text, index), text: target }))
    .sort((a, b) => a.line - b.line);
}

/** Lower case; letters, digits, hyphens and underscores; a hyphen for each space; a number for a second one. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#{1,6}\s+(.*?)\s*#*\s*$/gm)) {
    const shown = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
