import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES } from '../bench/cases.ts';
import { describeMachine } from '../bench/machine.ts';
import { type PairedResult, runPaired } from '../bench/paired.ts';
import { UsageError } from '../stages.ts';

/** `npm run bench [-- NAME… --pairs N --json FILE]`: measures in pairs, prints medians with their spread. */
export async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { pairs: { type: 'string', default: '7' }, json: { type: 'string' } },
  });
  const pairs = Number(values.pairs);
  if (!Number.isInteger(pairs) || pairs < 1) throw new UsageError('--pairs wants a whole number, such as 7.');
  const machine = describeMachine();
  console.log(Object.values(machine).join(', '));
  const results: PairedResult[] = [];
  for (const each of chooseCases(positionals)) {
    console.log(`\n${each.name}: ${each.what}`);
    const result = await runPaired(each, {
      pairs,
      onPair: (done) => console.log(done ? `  pair ${done} of ${pairs}` : '  warm'),
    });
    for (const [figure, { median, min, max }] of Object.entries(result.ratios)) {
      console.log(
        `  ${figure}: ratio ${median.toFixed(2)} (median of ${pairs} pairs; ${min.toFixed(2)} to ${max.toFixed(2)})`,
      );
    }
    results.push(result);
  }
  if (values.json) {
    const file = resolve(process.env.INIT_CWD ?? '.', values.json);
    await writeFile(file, `${JSON.stringify({ machine, results }, undefined, 2)}\n`);
    console.log(`\nWritten to ${file}`);
  }
}

function chooseCases(names: readonly string[]) {
  const unknown = names.find((name) => !CASES.some((each) => each.name === name));
  if (unknown)
    throw new UsageError(
      `There is no case "${unknown}". There are: ${CASES.map(({ name }) => name).join(', ')}.`,
    );
  return names.length === 0 ? CASES : CASES.filter(({ name }) => names.includes(name));
}
