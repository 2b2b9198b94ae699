import { splitWords } from '../checks/words.ts';
import { type Desk, openDesk, typedHere } from '../lessons/desk.ts';
import { missingPrograms } from '../lessons/programs.ts';
import { type Server, startServer } from '../lessons/server.ts';
import { ROOT } from '../stages.ts';
import type { Choice } from './keys.ts';
import { wrapText } from './wrap-text.ts';

/** Where a tour's commands run: in this folder, beside a server on this port. */
export type Place = Readonly<{ folder: string; port: number }>;

/** One thing to show. */
export interface CommandStep {
  /** What the viewer is told before the commands run. */
  readonly say: string;
  /**
   * The commands, as a person types them; made at that moment where they need something from the place. The port
   * 3000 in them stands for the tour's own.
   */
  readonly run: readonly string[] | ((place: Place) => Promise<readonly string[]>);
  /** The exit code that each of the commands must have; 0 when not said. */
  readonly exit?: number;
  /** What each of the commands finds on stdin. */
  readonly input?: string;
}

/** One thing to show in the terminal of a server, which goes on while the next steps run. */
export interface ServerStep {
  readonly say: string;
  /**
   * A command starts it, which is ready when it has said so; what it wrote with this text is shown; it has been told
   * to end, writes lines with this text, and ends with 0; Ctrl-C ends it.
   */
  readonly server: { start: string; ready: string } | { show: string } | { ends: string } | 'Ctrl-C';
}

export type Step = CommandStep | ServerStep;

export interface Tour {
  readonly title: string;
  readonly steps: readonly Step[];
  /** What was shown, for the end. */
  readonly shown: readonly string[];
  /** The programs that the machine must have. */
  readonly needs?: readonly string[];
}

/** Where a tour is shown, and who looks on. */
export interface Stage {
  readonly columns: number;
  /** The open file that the commands themselves write to: the same that `print` ends up in. */
  readonly output: number;
  print(text: string): Promise<void>;
  strong(text: string): string;
  faint(text: string): string;
  /** Waits for the viewer; without one there is no waiting. */
  readonly pause?: () => Promise<Choice>;
  readonly signal: AbortSignal;
}

const INTERRUPTED = 130; // As shells say it of a program that Ctrl-C ended.

/** A server may take so long until it has said what it should, on a machine that is busy. */
const PATIENCE_MS = 30_000;

/** @returns the exit code: 1 when a command did not end as the tour expects */
export async function runTour(tour: Tour, stage: Stage): Promise<number> {
  const missing = missingPrograms(tour.needs ?? []);
  if (missing.length > 0) {
    await stage.print(`This tour needs ${missing.join(', ')}, and this machine has none.`);
    return 1;
  }
  await using desk = await openDesk(ROOT);
  await stage.print(`${stage.strong(tour.title)}\n`);
  await stage.print(
    `${wrapText(`A tour in ${tour.steps.length} steps. The commands are real, and run in a folder of their own, ${desk.workbench.folder}, so your data are safe.`, stage.columns)}\n`,
  );
  if (stage.pause) await stage.print(`${stage.faint('Enter goes on, q leaves.')}\n`);

  for (const [index, step] of tour.steps.entries()) {
    const place = `${index + 1}/${tour.steps.length}`;
    await stage.print(
      `${stage.strong(`[${place}]`)} ${wrapText(step.say, stage.columns, '', place.length + 3)}\n`,
    );
    const show =
      'server' in step ? showServer(step, place, desk, stage) : showCommands(step, place, desk, stage);
    const ended = await show;
    if (ended !== undefined) return ended;
  }
  await stage.print(`${stage.strong('What you saw')}\n`);
  for (const line of tour.shown) await stage.print(wrapText(`- ${line}`, stage.columns, '  '));
  return 0;
}

/** @returns the exit code of the tour, when it ends here */
async function showCommands(
  { run, exit = 0, input }: CommandStep,
  place: string,
  desk: Desk,
  stage: Stage,
): Promise<number | undefined> {
  const { workbench, port } = desk;
  const commands = typeof run === 'function' ? await run({ folder: workbench.folder, port }) : run;
  for (const [index, text] of commands.entries()) {
    const command = typedHere(text, desk);
    const left = await announce(`$ ${command}`, index === 0, place, stage);
    if (left !== undefined) return left;
    const exitCode = await workbench.run(splitWords(command), stage.output, { signal: stage.signal, input });
    if (stage.signal.aborted) return leave('interrupt', place, stage);
    if (exitCode !== exit) {
      const got = exitCode === undefined ? 'was ended by a signal' : `left with exit code ${exitCode}`;
      await stage.print(`\nThe command ${got}, and should have left with ${exit}. The tour ends here.`);
      return 1;
    }
    // The body of an answer ends without a new line.
    const gap = command.startsWith('curl ') ? '\n' : '';
    await stage.print(exit === 0 ? gap : `${stage.faint(`(exit code ${exit})`)}\n`);
  }
  return undefined;
}

/** @returns the exit code of the tour, when it ends here */
async function showServer(
  { server: wanted }: ServerStep,
  place: string,
  desk: Desk,
  stage: Stage,
): Promise<number | undefined> {
  const starts = typeof wanted === 'object' && 'start' in wanted;
  const typed = starts ? ` $ ${wanted.start}` : wanted === 'Ctrl-C' ? ' ^C' : '';
  const left = await announce(`(the server's terminal)${typed}`, true, place, stage);
  if (left !== undefined) return left;

  if (starts) desk.server = await startServer(desk.workbench, splitWords(wanted.start));
  const problem = desk.server ? await watch(desk.server, wanted, stage) : 'no server runs';
  const isOver = wanted === 'Ctrl-C' || 'ends' in wanted;
  if (isOver && problem === undefined) desk.server = undefined;
  if (stage.signal.aborted) return leave('interrupt', place, stage);
  if (problem === undefined) return undefined;
  await stage.print(`\nThe server is not as it should be: ${problem}. The tour ends here.`);
  return 1;
}

/** Shows what happens in the server's terminal. Answers what is wrong. */
async function watch(
  server: Server,
  wanted: ServerStep['server'],
  { print, signal }: Stage,
): Promise<string | undefined> {
  if (wanted === 'Ctrl-C') return await showEnd(server, print);
  const sign = 'start' in wanted ? wanted.ready : 'show' in wanted ? wanted.show : wanted.ends;
  // All that it writes until it ends, or what there is with the sign in it.
  const isEnough = 'ends' in wanted ? () => false : (fresh: string) => fresh.includes(sign);
  const text = await server.read(isEnough, { patienceMs: PATIENCE_MS, signal });
  const lines = text.trimEnd().split('\n');
  // An error's lines of code are the longest of a log, and tell a viewer nothing.
  const ofInterest = (line: string) => line.includes(sign) && !line.includes('"stack":');
  const shown = 'start' in wanted ? lines : lines.filter(ofInterest);
  await print(`${shown.join('\n')}\n`);
  if (!text.includes(sign)) return `it said nothing with "${sign}"`;
  return 'ends' in wanted ? await showEnd(server, print, 0) : undefined;
}

/** Presses Ctrl-C, which a program that has ended does not hear. Answers what is wrong. */
async function showEnd(server: Server, print: Stage['print'], wanted?: number): Promise<string | undefined> {
  const { hasEnded, exitCode } = await server.interrupt();
  await server[Symbol.asyncDispose]();
  if (!hasEnded) return 'it did not end';
  if (wanted !== undefined && exitCode !== wanted) return `it ended with exit code ${exitCode}`;
  await print(`It ended${exitCode === undefined ? '' : `, with exit code ${exitCode}`}.\n`);
  return undefined;
}

/** Shows what is typed next, and waits for the viewer. @returns the exit code of a viewer who leaves */
async function announce(
  typed: string,
  waits: boolean,
  place: string,
  stage: Stage,
): Promise<number | undefined> {
  await stage.print(stage.strong(typed));
  const choice = waits ? await stage.pause?.() : undefined;
  return choice === undefined || choice === 'go on' ? undefined : leave(choice, place, stage);
}

async function leave(choice: Choice, place: string, stage: Stage): Promise<number> {
  await stage.print(`\nThe tour ends here, at ${place}.`);
  return choice === 'interrupt' ? INTERRUPTED : 0;
}
