import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Lesson } from './lesson.ts';
import { parseMarkdown } from './markdown.ts';
import type { Problem } from './problem.ts';

/** Every link that leads nowhere, and every `npm run` in the prose of a script that there is not. */
export function referenceProblems(lesson: Lesson): Problem[] {
  return [
    ...lesson.links.flatMap(({ line, text }) => asProblem(line, linkProblem(lesson, text))),
    ...lesson.codes.flatMap(({ line, text }) => asProblem(line, scriptProblem(lesson, text))),
  ];
}

function asProblem(line: number, message: string | undefined): Problem[] {
  return message === undefined ? [] : [{ line, message }];
}

function linkProblem(lesson: Lesson, target: string): string | undefined {
  if (/^(https?|mailto):/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? lesson.path : resolve(lesson.folder, decodeURIComponent(path));
  if (!file.startsWith(lesson.root)) return `the link ${target} leads out of the repository`;
  if (!existsSync(file)) return `the link ${target} leads to nothing`;
  if (anchor === undefined) return undefined;
  if (/^L\d/.test(anchor)) return `the link ${target} counts lines, which move: show the lines as a snippet`;
  const page = statSync(file).isDirectory() ? join(file, 'README.md') : file;
  const anchors =
    page.endsWith('.md') && existsSync(page) ? parseMarkdown(readFileSync(page, 'utf8')).anchors : new Set();
  return anchors.has(anchor) ? undefined : `the link ${target} leads to a heading that is not there`;
}

function scriptProblem({ root }: Lesson, code: string): string | undefined {
  const [, script] = /^npm run (?:-s )?([\w:-]+)/.exec(code) ?? [];
  if (script === undefined || /:N$/.test(script)) return undefined;
  const { scripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return script in scripts ? undefined : `there is no script "${script}" in package.json`;
}
