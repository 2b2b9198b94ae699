import { styleText } from 'node:util';
import { readChoice } from '../demo/keys.ts';
import { runTour, type Stage } from '../demo/tour.ts';
import { listTours, loadTour } from '../demo/tours.ts';
import { listStages } from '../stages.ts';

/** `npm run demo -- N`: the guided tour of a stage; without a number, of the newest one. */
export async function main(args: string[]): Promise<number> {
  const [number = String(listStages().at(-1)?.number), ...others] = args;
  const tours = listTours();
  if (others.length > 0 || !tours.some((each) => String(each) === number)) {
    console.error(
      `There is no tour of stage "${[number, ...others].join(' ')}". There are: ${tours.join(', ')}.`,
    );
    return 2;
  }
  const { signal, stop } = listenForTheEnd();
  try {
    return await runTour(await loadTour(Number(number)), createStage(signal));
  } finally {
    stop();
  }
}

/** The terminal; or a file or a pipe, where nobody presses keys and nothing is coloured. */
function createStage(signal: AbortSignal): Stage {
  const { stdin, stdout } = process;
  const style = (format: 'bold' | 'dim') => (text: string) => styleText(format, text, { stream: stdout });
  return {
    columns: stdout.columns || 80,
    output: stdout.fd,
    // Waits until it is out, because the commands write to the same place past this process.
    print: (text) => new Promise((resolve) => stdout.write(`${text}\n`, () => resolve())),
    strong: style('bold'),
    faint: style('dim'),
    ...(stdin.isTTY && stdout.isTTY && { pause: () => readChoice(stdin, signal) }),
    signal,
  };
}

/** Ctrl-C while a command runs, the end of the terminal: the tour then ends its command and takes its folder away. */
function listenForTheEnd() {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.once(name, abort);
  // `… | head` leaves early: then there is nobody to show it to.
  process.stdout.on('error', abort);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of signals) process.off(name, abort);
    },
  };
}
