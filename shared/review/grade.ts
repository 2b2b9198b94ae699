import type { Finding } from './finding.ts';
import type { Defect, Place, Placed, PlacedKey, Trap } from './review-key.ts';

/** How many lines a finding may be off its place. */
export const TOLERANCE = 3;

export interface Found {
  readonly defect: Placed<Defect>;
  /** All that were said of it: they count once. */
  readonly findings: readonly Finding[];
  /** Whether one of them shows that the consequence was seen; else only the place is known to be right. */
  readonly consequenceSeen: boolean;
}

export interface FalseAlarm {
  readonly findings: readonly Finding[];
  /** The harmless change that was blamed; undefined where the key has nothing at all. */
  readonly trap: Placed<Trap> | undefined;
}

export interface Grade {
  readonly found: readonly Found[];
  readonly missed: readonly Placed<Defect>[];
  readonly falseAlarms: readonly FalseAlarm[];
}

/** Holds the findings against the key: each belongs to one place of it, or to none. */
export function gradeFindings(key: PlacedKey, findings: readonly Finding[]): Grade {
  const matched = findings.map((finding) => ({ finding, entry: entryOf(finding, key) }));
  const findingsOf = (entry: Placed<Place>) =>
    matched.filter((match) => match.entry === entry).map(({ finding }) => finding);

  const said = key.defects.map((defect) => ({ defect, findings: findingsOf(defect) }));
  const blamed = key.traps.map((trap) => ({ trap, findings: findingsOf(trap) }));
  const unknown = matched.filter(({ entry }) => entry === undefined);
  return {
    found: said
      .filter(({ findings }) => findings.length > 0)
      .map((found) => ({
        ...found,
        consequenceSeen: found.findings.some((one) => saysWhat(one, found.defect)),
      })),
    missed: said.filter(({ findings }) => findings.length === 0).map(({ defect }) => defect),
    falseAlarms: [
      ...blamed.filter(({ findings }) => findings.length > 0),
      ...unknown.map(({ finding }) => ({ findings: [finding], trap: undefined })),
    ],
  };
}

/** Such as "5 of 8 found, 1 false alarm". */
export function gradeInWords({ found, missed, falseAlarms }: Grade): string {
  const alarms = falseAlarms.length === 1 ? '1 false alarm' : `${falseAlarms.length || 'no'} false alarms`;
  return `${found.length} of ${found.length + missed.length} found, ${alarms}`;
}

type Entry = Placed<Defect> | Placed<Trap>;

/**
 * The place of the key that a finding means. One whose lines it names comes first. Where there are several, or it
 * is some lines off all of them, its words decide; then the nearest; then the defect, in favour of the reviewer.
 */
function entryOf(finding: Finding, { defects, traps }: PlacedKey): Entry | undefined {
  const candidates = [...defects, ...traps]
    .filter(({ file }) => file === finding.file)
    .map((entry) => ({
      entry,
      distance: distance(finding, entry),
      words: 'words' in entry && saysWhat(finding, entry),
    }))
    .filter((candidate) => candidate.distance <= TOLERANCE);
  return candidates.sort(
    (a, b) =>
      Number(a.distance > 0) - Number(b.distance > 0) ||
      Number(b.words) - Number(a.words) ||
      a.distance - b.distance,
  )[0]?.entry;
}

/** Lines between the two; 0 when they share one. */
function distance({ first, last }: Finding, { lines }: Entry): number {
  return Math.max(lines.first - last, first - lines.last, 0);
}

function saysWhat({ consequence }: Finding, { words }: Defect): boolean {
  const text = ` ${consequence.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')}`;
  return words.some((word) => text.includes(` ${word}`));
}
