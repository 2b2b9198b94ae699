import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lesson } from './lesson.ts';
import type { Fence } from './markdown.ts';
import type { Problem } from './problem.ts';

const CODE = ['ts', 'tsx', 'js', 'mjs', 'sql', 'proto'];

/**
 * Every block of code that is not word for word in the file that it names (`file=src/main.ts`, from the lesson's
 * folder), indentation in common aside. What is in no file says so: `sketch`.
 */
export function snippetProblems(lesson: Lesson): Problem[] {
  return lesson.fences
    .filter(({ language }) => CODE.includes(language))
    .flatMap((fence) => {
      const message = snippetProblem(lesson, fence);
      return message === undefined ? [] : [{ line: fence.line, message }];
    });
}

function snippetProblem({ folder }: Lesson, { attributes, lines }: Fence): string | undefined {
  if (attributes.has('sketch')) return undefined;
  const name = attributes.get('file');
  if (!name) return 'a block of code names its file (file=src/main.ts), or says that it is a sketch';
  const path = join(folder, name);
  if (!existsSync(path)) return `there is no ${name} to hold this snippet`;
  const snippet = withoutCommonIndent(lines);
  if (snippet.length === 0) return 'the snippet is empty';
  const source = readFileSync(path, 'utf8').split(/\r?\n/);
  const found = source.some((_, start) => {
    const there = withoutCommonIndent(source.slice(start, start + snippet.length));
    return there.length === snippet.length && there.every((line, index) => line === snippet[index]);
  });
  return found ? undefined : `${name} does not hold this snippet word for word any more`;
}

function withoutCommonIndent(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const common = Math.min(...indents);
  return lines.map((line) => line.slice(common).trimEnd());
}
