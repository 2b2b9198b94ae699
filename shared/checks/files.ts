import { isUtf8 } from 'node:buffer';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describeText } from './text.ts';
import { quoteWord } from './words.ts';

type FileEntry = { kind: 'file'; bytes: Buffer; mode: number };

export type Entry = FileEntry | { kind: 'link'; target: string } | { kind: 'folder' };

/** Everything in a folder and below it, by its path from there. */
export type Files = ReadonlyMap<string, Entry>;

export async function readFiles(folder: string): Promise<Files> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const entries = await Promise.all(
    names.map(async (name) => [name, await readEntry(join(folder, name))] as const),
  );
  return new Map(entries);
}

async function readEntry(path: string): Promise<Entry> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) return { kind: 'link', target: await readlink(path) };
  if (stats.isDirectory()) return { kind: 'folder' };
  return { kind: 'file', bytes: await readFile(path), mode: stats.mode & 0o777 };
}

/** The bytes of a file, or undefined where there is none. */
export function bytesOf(files: Files, path: string): Buffer | undefined {
  const entry = files.get(path);
  return entry?.kind === 'file' ? entry.bytes : undefined;
}

export function sameBytes(before: Files, after: Files, path: string): boolean {
  const [old, now] = [bytesOf(before, path), bytesOf(after, path)];
  return old && now ? old.equals(now) : old === now;
}

export function describeFiles(files: Files): string {
  if (files.size === 0) return 'in an empty folder';
  return [...files].map(([path, entry]) => describeEntry(path, entry)).join('\n');
}

/** What differs afterwards; what nobody touched is not shown twice. */
export function describeFilesAfter(before: Files, after: Files): string {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  if (paths.length === 0) return 'files after: none';
  return paths.map((path) => describeAfter(path, before.get(path), after.get(path))).join('\n');
}

function describeAfter(path: string, old: Entry | undefined, now: Entry | undefined): string {
  if (!now) return `${path} after: gone`;
  if (old && describeEntry(path, old) === describeEntry(path, now)) return `${path} after: as before`;
  if (old?.kind !== 'file' || now.kind !== 'file') return describeEntry(`${path} after`, now);
  return describeText(`${path} after (${factsOf(now)})`, changedLines(textOf(old), textOf(now)));
}

function describeEntry(path: string, entry: Entry): string {
  if (entry.kind === 'link') return `${path}: a symbolic link to ${entry.target}`;
  if (entry.kind === 'folder') return `${path}: a folder`;
  return describeText(`${path} (${factsOf(entry)})`, textOf(entry));
}

function factsOf({ bytes, mode }: FileEntry): string {
  return `${bytes.length} bytes, mode ${mode.toString(8)}${isUtf8(bytes) ? '' : ', not UTF-8'}`;
}

const textOf = ({ bytes }: FileEntry) => bytes.toString('utf8');

/** The new lines, without those at the start and at the end that were the same before. */
function changedLines(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start++;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const same = (count: number) => (count > 0 ? [`… ${count} lines as before`] : []);
  return [...same(start), ...now.slice(start, now.length - end), ...same(end)].join('\n');
}

/** Shell lines that make the same files in a new folder. */
export function setUpLines(files: Files): string[] {
  const lines = ['cd "$(mktemp -d)"'];
  for (const [path, entry] of files) {
    const name = quoteWord(path);
    if (entry.kind === 'folder') lines.push(`mkdir -p ${name}`);
    else if (entry.kind === 'link') lines.push(`ln -s ${quoteWord(entry.target)} ${name}`);
    else lines.push(`${printLine(entry.bytes)} > ${name}`);
  }
  return lines;
}

/** A line that prints exactly these bytes; what is no text goes as base64. */
function printLine(bytes: Buffer): string {
  if (isUtf8(bytes) && !bytes.includes(0)) return `printf %s ${quoteWord(bytes.toString('utf8'))}`;
  return `printf %s ${bytes.toString('base64')} | base64 -d`;
}
