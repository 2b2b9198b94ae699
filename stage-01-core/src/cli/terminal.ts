import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

/** Where the program speaks: data on one stream, everything else on the other. */
export interface Terminal {
  /** Columns that a line may fill. */
  readonly columns: number;
  /** Data: what the person asked for. */
  print(text: string): void;
  /** All that is not data: confirmations, refusals. */
  note(text: string): void;
  /** The text set off in data; as it is where nobody sees colours (a file, a pipe, NO_COLOR). */
  strong(text: string): string;
}

/** Done, but not shown: neither a success nor a refusal. It is the system's own number for it, EX_IOERR of sysexits(3). */
const EXIT_OUTPUT_FAILED = 74;

export function createTerminal(out: WriteStream, err: WriteStream): Terminal {
  err.on('error', () => {}); // Nobody is left to tell.
  out.on('error', (error: NodeJS.ErrnoException) => {
    // `… | head` closes the pipe early. That is the reader's right, and no error of ours.
    if (error.code === 'EPIPE') return;
    err.write(`The answer could not be written (${error.code}); what was asked for is done.\n`);
    process.once('exit', () => {
      process.exitCode = EXIT_OUTPUT_FAILED;
    });
  });
  return {
    columns: out.columns || 80, // Undefined where there is no terminal, 0 on one that knows no size.
    print: (text) => void out.write(`${text}\n`),
    note: (text) => void err.write(`${text}\n`),
    strong: (text) => styleText('bold', text, { stream: out }),
  };
}
