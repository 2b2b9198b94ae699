import { existsSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/**
 * The words of a command line, as a shell would see them: spaces divide, quotes hold together. A backslash
 * takes the quote, space or backslash behind it as it is; anywhere else it stays, as Windows paths need it.
 * Nothing is expanded, and no shell runs.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < text.length; index++) {
    let character = text.charAt(index);
    if (!quote && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    if (character === quote) {
      quote = undefined;
      continue;
    }
    if (!quote && (character === '"' || character === "'")) {
      quote = character;
      continue;
    }
    const next = text.charAt(index + 1);
    const escapable = quote === undefined ? /[\s\\"']/ : quote === '"' ? /[\\"]/ : undefined;
    if (character === '\\' && escapable?.test(next)) {
      character = next;
      index++;
    }
    word += character;
  }
  if (quote) throw new Error(`A ${quote} is opened and never closed in: ${text}`);
  if (word !== undefined) words.push(word);
  return words;
}

/** The word as one would type it in a shell, quoted only where it must be. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The same words with each path that exists made absolute, so that they mean the same in any folder.
 * A word without a slash counts only when it is a file, and the first one never: there `node` is a program
 * on the PATH, whatever lies in this folder.
 */
export function absolutePaths(words: readonly string[], folder: string): string[] {
  return words.map((word, index) => {
    if (word === '' || word.startsWith('-')) return word;
    const path = resolve(folder, word);
    const found = statSync(path, { throwIfNoEntry: false });
    const looksLikePath = word === '.' || /[/\\]/.test(word) || (index > 0 && found?.isFile());
    return found && looksLikePath ? path : word;
  });
}

/** What cannot be run of a command, in words, so that sixty checks need not fail for a slip of the finger. */
export function missingWord([program = '', ...args]: readonly string[], folder: string): string | undefined {
  if (program !== '' && !isProgram(program)) {
    return `There is no program "${program}" on this machine: try the command by hand.`;
  }
  const script = args.find((word) => /^[^-].*\.(py|js|mjs|ts|rb|php|jar|pl|lua)$/.test(word));
  if (script && !existsSync(resolve(folder, script))) return `There is no file "${script}" in ${folder}.`;
  return undefined;
}

function isProgram(word: string): boolean {
  if (/[/\\]/.test(word)) return existsSync(word);
  const endings = process.platform === 'win32' ? (process.env.PATHEXT ?? '').split(';').concat('') : [''];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => endings.some((ending) => existsSync(join(folder, word + ending))));
}
