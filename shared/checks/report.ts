import { styleText } from 'node:util';
import type { Failure, Result, Subject, Suite } from './harness.ts';
import { quoteWord } from './words.ts';

const MARKS = { passed: '✓', failed: '✗', skipped: '-' } as const;
const COLOURS = { passed: 'green', failed: 'red', skipped: 'yellow' } as const;

type Colour = Parameters<typeof styleText>[0];

/** So many failures are shown in full: they tend to have one cause, and the first is where to begin. */
const SHOWN_IN_FULL = 3;

/** Words for people on one stream: colour only where it is a terminal that wants it. */
export function createReporter(stream: NodeJS.WriteStream, { verbose = false } = {}) {
  const paint = (colour: Colour, text: string) => styleText(colour, text, { stream });
  const write = (line = '') => stream.write(`${line}\n`);

  const failureLines = ({ check, failure }: Result & { failure: Failure }) => {
    write(paint('red', `${MARKS.failed} ${check.name}`));
    const part = (title: string, text: string) => {
      const [first = '', ...others] = text.split('\n');
      write(`  ${paint('bold', title.padEnd(9))} ${first}`);
      for (const line of others) write(line === '' ? '' : `            ${line}`);
    };
    part('why', check.why);
    part('sent', failure.sent);
    part('expected', failure.expected);
    part('received', failure.received);
    part('hint', check.hint);
    part('lesson', check.lesson);
    // Not indented: these lines are there to be copied, and quoted text in them must keep its own margin.
    write(`  ${paint('bold', 'repeat it by hand:')}`);
    write(paint('cyan', failure.repeat));
    write();
  };

  return {
    opening({ title, checks }: Suite, { command, url }: Subject) {
      const subject = url ?? command.map(quoteWord).join(' ');
      write(`${paint('bold', title)}: ${checks.length} checks of ${subject}`);
    },

    progress({ check, outcome, milliseconds }: Result) {
      const mark = paint(COLOURS[outcome], MARKS[outcome]);
      const time = outcome === 'skipped' ? `skipped: ${check.skip}` : seconds(milliseconds);
      write(`${mark} ${check.name} ${paint('dim', time)}`);
    },

    closing(results: readonly Result[], milliseconds: number) {
      write();
      const failures = results.flatMap(({ failure, ...result }) => (failure ? [{ ...result, failure }] : []));
      const inFull = verbose ? failures.length : SHOWN_IN_FULL;
      for (const failure of failures.slice(0, inFull)) failureLines(failure);
      for (const { check, failure } of failures.slice(inFull)) {
        write(
          `${paint('red', `${MARKS.failed} ${check.name}`)} expected ${failure.expected.split('\n', 1)[0]}`,
        );
      }
      if (failures.length > inFull) write('One of these in full: --only NAME. All of them: --verbose.\n');
      const { passed, failed, skipped } = count(results);
      const rest = skipped > 0 ? `, ${skipped} skipped` : '';
      write(`${passed} passed, ${failed} failed${rest}, in ${seconds(milliseconds)}`);
      const [first] = results.filter(({ outcome }) => outcome === 'failed');
      if (failed > 1 && first) write(`Begin with the first, and run it alone: --only ${first.check.name}`);
    },
  };
}

/** The same for machines: one plain value. */
export function toDocument(
  stage: number,
  suite: Suite,
  { command, url }: Subject,
  results: readonly Result[],
  milliseconds: number,
) {
  return {
    stage,
    title: suite.title,
    command,
    ...(url !== undefined && { url }),
    ...count(results),
    milliseconds: Math.round(milliseconds),
    checks: results.map(({ check, outcome, milliseconds, failure }) => {
      const { name, why, hint, lesson, skip } = check;
      const times = { outcome, milliseconds: Math.round(milliseconds) };
      return { name, ...times, why, hint, lesson, ...(skip && { skip }), ...(failure && { failure }) };
    }),
  };
}

function count(results: readonly Result[]) {
  const howMany = (outcome: Result['outcome']) =>
    results.filter((result) => result.outcome === outcome).length;
  return { passed: howMany('passed'), failed: howMany('failed'), skipped: howMany('skipped') };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
