import type { Outcome } from '../children.ts';
import type { Exchange } from '../harness.ts';
import { commandLine, describeOutcome, type Program } from '../program.ts';
import { parse } from '../stage-02/expectations.ts';
import { describeText } from '../text.ts';
import { quoteWord } from '../words.ts';
import type { Desk } from './check.ts';

/** How one command ended, beside all that came before it in its folder. */
export interface Ran extends Exchange {
  exitCode: Outcome['exitCode'];
  stdout: string;
  stderr: string;
  /** What it said, on either of the two. */
  said: string;
  /** What stdout says as JSON, or undefined. */
  json: unknown;
}

/** A folder in which commands run one after the other, on one database. */
export interface Shell {
  program: Program;
  put(path: string, text: string): Promise<void>;
  run(args: readonly string[], settings?: Readonly<Record<string, string>>): Promise<Ran>;
  /** Starts all at once. */
  runTogether(calls: readonly (readonly string[])[]): Promise<Ran[]>;
}

export async function openShell(desk: Desk): Promise<Shell> {
  const program = await desk.createProgram();
  const lines = ['cd "$(mktemp -d)"'];
  const files: string[] = [];

  const start = (args: readonly string[], settings: Readonly<Record<string, string>>) => {
    const env = { ...desk.storage, ...settings };
    return {
      line: commandLine([...program.command, ...args], env),
      ending: program.start(args, { env }).outcome,
    };
  };
  const ranOf = (line: string, outcome: Outcome): Ran => ({
    ...outcome,
    said: `${outcome.stdout}\n${outcome.stderr}`,
    json: parse(outcome.stdout),
    sent: [line, ...files].join('\n'),
    received: describeOutcome(outcome),
    repeat: lines.join('\n'),
  });
  return {
    program,
    async put(path, text) {
      await program.put(path, text);
      lines.push(`printf %s ${quoteWord(text)} > ${quoteWord(path)}`);
      files.push(describeText(path, text));
    },
    async run(args, settings = {}) {
      const { line, ending } = start(args, settings);
      lines.push(line);
      return ranOf(line, await ending);
    },
    async runTogether(calls) {
      const started = calls.map((args) => start(args, {}));
      lines.push(...started.map(({ line }) => `${line} &`), 'wait');
      return Promise.all(started.map(async ({ line, ending }) => ranOf(line, await ending)));
    },
  };
}
