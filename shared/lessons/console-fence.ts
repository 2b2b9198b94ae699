import { splitWords } from '../checks/words.ts';
import type { Fence } from './markdown.ts';
import type { Problem } from './problem.ts';

/** The info string's words that a console fence understands. */
const ATTRIBUTES = ['exit', 'figures', 'no-run', 'server', 'types'];
/** What everyone has who can run this repository. */
const OWN_PROGRAMS = ['npm', 'npx', 'node'];
/** What nearly every machine has; a test finds out. */
export const MACHINES_PROGRAMS: readonly string[] = ['curl'];
const PROGRAMS = [...OWN_PROGRAMS, ...MACHINES_PROGRAMS];

/** A command of a lesson, and what it says that the command prints. */
export interface Command {
  readonly line: number;
  readonly text: string;
  readonly expected: readonly string[];
}

export interface Console {
  readonly line: number;
  readonly commands: readonly Command[];
  /** The exit code of each of its commands. */
  readonly exitCode: number;
  /** What each of its commands finds on stdin. */
  readonly input: string | undefined;
  /** Any number stands for any other: measurements, counts of chance. */
  readonly figuresVary: boolean;
  /** Its one command goes on, in a terminal of its own; what follows it is what it says once it is ready. */
  readonly isServer: boolean;
}

export function readConsole(fence: Fence): Console {
  const { line, attributes, lines } = fence;
  const commands: { line: number; text: string; expected: string[] }[] = [];
  const types = attributes.get('types');
  lines.forEach((text, index) => {
    if (text.startsWith('$ '))
      commands.push({ line: line + 1 + index, text: text.slice(2).trim(), expected: [] });
    else commands.at(-1)?.expected.push(text);
  });
  return {
    line,
    commands,
    exitCode: Number(attributes.get('exit') ?? 0),
    input: types === undefined ? undefined : `${types}\n`,
    figuresVary: attributes.get('figures') === 'vary',
    isServer: attributes.has('server'),
  };
}

/** What is wrong with the block as it is written, before anything runs. */
export function consoleProblems(fence: Fence): Problem[] {
  const { commands, exitCode, isServer } = readConsole(fence);
  const reason = fence.attributes.get('no-run');
  const problems: string[] = [];
  if (!fence.lines[0]?.startsWith('$ '))
    problems.push('a console block begins with a command: "$ npm run …"');
  for (const name of fence.attributes.keys()) {
    if (!ATTRIBUTES.includes(name))
      problems.push(`a console block knows no "${name}": ${ATTRIBUTES.join(', ')}`);
  }
  if (reason === '') problems.push('say why it is not run: no-run="installs packages"');
  if (!Number.isInteger(exitCode)) problems.push('write the exit code as exit=1');
  if (fence.attributes.get('types') === '') problems.push('say what is typed: types="yes"');
  if (isServer && commands.length > 1) problems.push('a terminal that a server holds takes one command');
  const ofBlock = problems.map((message) => ({ line: fence.line, message }));
  if (reason) return ofBlock;
  return [
    ...ofBlock,
    ...commands.flatMap(({ line, text }) => portabilityProblems(text).map((message) => ({ line, message }))),
  ];
}

/** A lesson's command means the same in every shell, also in those of Windows: programs, words, double quotes. */
function portabilityProblems(command: string): string[] {
  const quoted = [...command.matchAll(/"([^"]*)"/g)].map(([, text]) => text).join(' ');
  const bare = command.replaceAll(/"[^"]*"/g, '');
  const [strange] = /[$`!%\\]/.exec(quoted) ?? /["'|&;<>$*?`~\\]/.exec(bare) ?? [];
  if (strange) return [`"${strange}" means something else in each shell: use words and double quotes alone`];
  const [program = ''] = splitWords(command);
  return PROGRAMS.includes(program)
    ? []
    : [`"${program}" is not on every machine: use ${PROGRAMS.join(', ')}`];
}
