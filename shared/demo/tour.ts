import { splitWords } from '../checks/words.ts';
import { openWorkbench, type Workbench } from '../lessons/workbench.ts';
import type { Choice } from './keys.ts';
import { wrapText } from './wrap-text.ts';

/** One thing to show. */
export interface Step {
  /** What the viewer is told before the commands run. */
  readonly say: string;
  /** The commands, as a person types them; made at that moment where they need something from the folder. */
  readonly run: readonly string[] | ((folder: string) => Promise<readonly string[]>);
  /** The exit code that each of the commands must have; 0 when not said. */
  readonly exit?: number;
}

export interface Tour {
  readonly title: string;
  readonly steps: readonly Step[];
  /** What was shown, for the end. */
  readonly shown: readonly string[];
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

/** @returns the exit code: 1 when a command did not end as the tour expects */
export async function runTour(tour: Tour, stage: Stage): Promise<number> {
  await using workbench = await openWorkbench();
  await stage.print(`${stage.strong(tour.title)}\n`);
  await stage.print(
    `${wrapText(`A tour in ${tour.steps.length} steps. The commands are real, and run in a folder of their own, ${workbench.folder}, so your data are safe.`, stage.columns)}\n`,
  );
  if (stage.pause) await stage.print(`${stage.faint('Enter goes on, q leaves.')}\n`);

  for (const [index, step] of tour.steps.entries()) {
    const ended = await showStep(step, `${index + 1}/${tour.steps.length}`, workbench, stage);
    if (ended !== undefined) return ended;
  }
  await stage.print(`${stage.strong('What you saw')}\n`);
  for (const line of tour.shown) await stage.print(wrapText(`- ${line}`, stage.columns, '  '));
  return 0;
}

/** @returns the exit code of the tour, when it ends here */
async function showStep(
  step: Step,
  place: string,
  workbench: Workbench,
  stage: Stage,
): Promise<number | undefined> {
  const { say, run, exit = 0 } = step;
  await stage.print(`${stage.strong(`[${place}]`)} ${wrapText(say, stage.columns, '', place.length + 3)}\n`);
  const commands = typeof run === 'function' ? await run(workbench.folder) : run;
  for (const command of commands) {
    await stage.print(stage.strong(`$ ${command}`));
    if (command === commands[0] && stage.pause) {
      const choice = await stage.pause();
      if (choice !== 'go on') return leave(choice, place, stage);
    }
    const exitCode = await workbench.run(splitWords(command), stage.output, stage.signal);
    if (stage.signal.aborted) return leave('interrupt', place, stage);
    if (exitCode !== exit) {
      const got = exitCode === undefined ? 'was ended by a signal' : `left with exit code ${exitCode}`;
      await stage.print(`\nThe command ${got}, and should have left with ${exit}. The tour ends here.`);
      return 1;
    }
    await stage.print(exit === 0 ? '' : `${stage.faint(`(exit code ${exit})`)}\n`);
  }
  return undefined;
}

async function leave(choice: Choice, place: string, stage: Stage): Promise<number> {
  await stage.print(`\nThe tour ends here, at ${place}.`);
  return choice === 'interrupt' ? INTERRUPTED : 0;
}
