import { parseArgs, styleText } from 'node:util';
import { differenceOf } from '../diff/difference.ts';
import { reportOf, type Style } from '../diff/report.ts';
import { UsageError } from '../stages.ts';

/** `npm run diff -- N`: what stage N adds to the one before it; with `--json`, for machines. */
export async function main(args: string[]): Promise<void> {
  const { number, json } = readArguments(args);
  const difference = await differenceOf(number);
  // `… | head` closes the pipe early, which is its right.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  if (json) {
    process.stdout.write(`${JSON.stringify(difference, undefined, 2)}\n`);
    return;
  }
  const page = {
    width: Math.max(60, Math.min(process.stdout.columns ?? 100, 100)),
    paint: (style: Style, text: string) => styleText(style, text, { stream: process.stdout }),
  };
  process.stdout.write(reportOf(difference, page).join('\n'));
}

function readArguments(args: string[]): { number: string | undefined; json: boolean } {
  try {
    const options = { json: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { number: positionals[0], json: values.json };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
