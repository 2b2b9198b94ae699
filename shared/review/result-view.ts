import type { Finding } from './finding.ts';
import { type FalseAlarm, type Found, type Grade, gradeInWords } from './grade.ts';
import type { Paint } from './paint.ts';
import type { Defect, Place, Placed, PlacedKey, Trap } from './review-key.ts';

/** What was found, what was missed, what was blamed without cause, each with its reason; the grade is the last line. */
export function showGrade(grade: Grade, paint: Paint): string {
  const { found, missed, falseAlarms } = grade;
  return [
    ...section(
      'Found',
      found.map((each) => showFound(each, paint)),
      paint,
    ),
    ...section(
      'Missed',
      missed.map((defect) => showDefect('✗', defect, paint)),
      paint,
    ),
    ...section(
      'False alarms',
      falseAlarms.map((alarm) => showAlarm(alarm, paint)),
      paint,
    ),
    `${paint('bold', `${gradeInWords(grade)}.`)} ${encouragement(grade)}`,
  ].join('\n');
}

/** The whole key. */
export function showKey({ defects, traps }: PlacedKey, paint: Paint): string {
  return [
    ...section(
      'Defects',
      defects.map((defect) => showDefect('✗', defect, paint)),
      paint,
    ),
    ...section(
      'Looks wrong, and is right',
      traps.map((trap) => showTrap('✓', trap, paint)),
      paint,
    ),
  ].join('\n');
}

/** The same as `showGrade` for machines: one plain value. */
export function toDocument(stage: number, grade: Grade) {
  const { found, missed, falseAlarms } = grade;
  return {
    stage,
    grade: gradeInWords(grade),
    defects: found.length + missed.length,
    found: found.map(({ defect, findings, consequenceSeen }) => ({
      ...describe(defect),
      consequenceSeen,
      findings: findings.map(({ typed }) => typed),
    })),
    missed: missed.map(describe),
    falseAlarms: falseAlarms.map(({ findings, trap }) => ({
      findings: findings.map(({ typed }) => typed),
      trap: trap ? { id: trap.id, file: trap.file, lines: trap.lines, title: trap.title } : null,
      reason: reasonOf(trap),
    })),
  };
}

function describe({ id, file, lines, title, consequence, why, mend }: Placed<Defect>) {
  return { id, file, lines, title, consequence, why, mend };
}

function section(title: string, entries: readonly string[], paint: Paint): string[] {
  return entries.length === 0
    ? []
    : [paint(['bold', 'underline'], title), '', ...entries.map((entry) => `${entry}\n`)];
}

function showFound({ defect, findings, consequenceSeen }: Found, paint: Paint): string {
  const hint = consequenceSeen
    ? []
    : [part('', paint('yellow', "Right place; compare your consequence with the key's."))];
  return [
    paint('green', `✓ ${placeOf(defect)}  ${defect.title}`),
    ...findings.map((finding) => part('you', finding.consequence)),
    part('key', defect.consequence),
    ...hint,
    part('why', defect.why),
    part('mend', defect.mend),
  ].join('\n');
}

function showDefect(mark: string, defect: Placed<Defect>, paint: Paint): string {
  return [
    paint('red', `${mark} ${placeOf(defect)}  ${defect.title}`),
    part('key', defect.consequence),
    part('why', defect.why),
    part('mend', defect.mend),
  ].join('\n');
}

function showAlarm({ findings, trap }: FalseAlarm, paint: Paint): string {
  const [first] = findings;
  const head = trap ? `${placeOf(trap)}  ${trap.title}` : first ? typedPlaceOf(first) : '';
  return [
    paint('yellow', `? ${head}`),
    ...findings.map((finding) => part('you', finding.consequence)),
    part('key', reasonOf(trap)),
  ].join('\n');
}

function showTrap(mark: string, trap: Placed<Trap>, paint: Paint): string {
  return [paint('green', `${mark} ${placeOf(trap)}  ${trap.title}`), part('why', trap.reason)].join('\n');
}

function reasonOf(trap: Trap | undefined): string {
  return (
    trap?.reason ??
    'The key knows of nothing that goes wrong here. It may be a fair remark all the same; if you are sure that it is a defect, write a test that fails.'
  );
}

function encouragement({ found, missed, falseAlarms }: Grade): string {
  if (missed.length === 0 && falseAlarms.length === 0)
    return 'Nothing slipped past you, and nothing was blamed in vain.';
  if (missed.length === 0)
    return 'Nothing slipped past you. A false alarm costs a talk: read why those lines are right.';
  if (found.length >= missed.length) return 'A good review: read the reasons of what you missed.';
  if (found.length > 0)
    return 'A beginning. Read the reasons, and look at the change once more with them in mind.';
  return 'None this time. Take the questions of the checkpoint one by one, and ask each of every changed line.';
}

function placeOf({ file, lines }: Placed<Place>): string {
  return `${shortName(file)}:${lines.first === lines.last ? lines.first : `${lines.first}-${lines.last}`}`;
}

function typedPlaceOf({ file, first, last }: Finding): string {
  return `${shortName(file)}:${first === last ? first : `${first}-${last}`}`;
}

function shortName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

const LABEL_WIDTH = 4;
const LINE_WIDTH = 96;

/** A labelled text, its further lines under the first. */
function part(label: string, text: string): string {
  const [first = '', ...others] = wrap(text, LINE_WIDTH);
  const indent = ' '.repeat(2 + LABEL_WIDTH + 2);
  return [`  ${label.padEnd(LABEL_WIDTH)}  ${first}`, ...others.map((line) => indent + line)].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
