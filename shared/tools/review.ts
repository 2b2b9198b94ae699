import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { askFindings } from '../review/conversation.ts';
import { readFindingsFile } from '../review/findings-file.ts';
import { gradeFindings } from '../review/grade.ts';
import { introduce } from '../review/introduction.ts';
import { openNotes, whereKept } from '../review/notes.ts';
import { createPaint } from '../review/paint.ts';
import { showPullRequest } from '../review/patch-view.ts';
import { showGrade, showKey, toDocument } from '../review/result-view.ts';
import { loadReview, type Review } from '../review/review.ts';
import { findStage, UsageError } from '../stages.ts';

const USAGE = `Review a pull request that has defects planted in it.

  npm run review -- N                   show it, take findings, grade them
  npm run review -- N --show            show it alone: title, description, change
  npm run review -- N --findings FILE   grade the findings in a file (- for what is piped in)
  npm run -s review -- N --findings FILE --json
                                        the same, for machines
  npm run review -- N --key             show what is wrong with it

A finding is one line: file:line consequence`;

const INTERRUPTED = 130;
const paint = createPaint(process.stdout);

/** Answers the exit code: 0 graded or shown, 130 left by Ctrl-C. @throws UsageError */
export async function main(args: string[]): Promise<number> {
  // `… | head` closes the pipe early. That is the reader's right, and no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const { values, positionals } = readArguments(args);
  if (values.help) return say(USAGE);
  const review = await findReview(positionals);
  if (values.show) return say(showPullRequest(review, paint));
  if (values.key) return revealKey(review);
  if (values.findings === undefined) return converse(review);

  const grade = gradeFindings(review.key, await readFindingsFile(values.findings, review));
  if (values.json) return say(JSON.stringify(toDocument(review.stage.number, grade), undefined, 2));
  return say(showGrade(grade, paint));
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

function readArguments(args: string[]) {
  const parsed = parse(args);
  const { show, key, findings, json } = parsed.values;
  if ([show, key, findings !== undefined].filter(Boolean).length > 1)
    throw new UsageError('--show, --key and --findings do different things: give one.');
  if (json && findings === undefined) throw new UsageError('--json goes with --findings FILE.');
  return parsed;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        show: { type: 'boolean' },
        key: { type: 'boolean' },
        findings: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

async function findReview([number, another]: string[]): Promise<Review> {
  if (another !== undefined) throw new UsageError(`One stage at a time: leave out "${another}".`);
  const stage = findStage(number);
  const review = await loadReview(stage);
  if (!review) throw new UsageError(`Stage ${stage.number} has no pull request to review.`);
  return review;
}

async function converse(review: Review): Promise<number> {
  const [input, output] = [process.stdin, process.stdout];
  if (!input.isTTY || !output.isTTY)
    throw new UsageError(`Findings are typed on a terminal, or come in a file.\n\n${USAGE}`);
  say(`${introduce(review, paint)}\n`);
  const notes = openNotes(review.stage);
  const findings = await askFindings({ input, output, files: review.files, notes });
  if (!findings) {
    say(whereKept(notes));
    return INTERRUPTED;
  }
  if (findings.length === 0) return say('Nothing was found, so nothing is graded, and the key stays closed.');
  say(showGrade(gradeFindings(review.key, findings), paint));
  return say(`\nYour findings are kept in ${notes.path}; take it away to begin anew.`);
}

async function revealKey({ stage, key }: Review): Promise<number> {
  say(`This is the key. It teaches most after a review of your own: npm run review -- ${stage.number}`);
  if (process.stdin.isTTY && process.stdout.isTTY && !(await confirm('Enter shows it, Ctrl-C leaves. ')))
    return INTERRUPTED;
  return say(`\n${showKey(key, paint).trimEnd()}`);
}

/** Whether the person pressed Enter, and not Ctrl-C or Ctrl-D. */
async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const leaving = new Promise<false>((resolve) => lines.once('close', () => resolve(false)));
  const answering = lines.question(question).then(() => true);
  const answer = await Promise.race([answering, leaving]);
  lines.close();
  return answer;
}
