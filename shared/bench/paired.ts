/** What is measured of one run; each figure is "more is better" or "less is better" by its name in the case. */
export type Figures = Readonly<Record<string, number>>;

/** Two things that do the same work: one is ours, the other what it is held against. */
export interface PairedCase {
  readonly name: string;
  /** One sentence for people: what is held against what. */
  readonly what: string;
  /** Opens both; each function does one run. */
  open(): Promise<AsyncDisposable & { subject(): Promise<Figures>; control(): Promise<Figures> }>;
  /** For each figure, the ratio that tells how the subject does: 1 is as good as the control. */
  readonly ratios: Readonly<Record<string, (subject: Figures, control: Figures) => number>>;
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
}

export interface PairedResult {
  readonly name: string;
  readonly what: string;
  readonly pairs: readonly { readonly subject: Figures; readonly control: Figures }[];
  readonly ratios: Readonly<Record<string, Summary>>;
}

/**
 * Runs subject and control in turn, and compares run with run beside it: whatever else the machine does then weighs
 * on both. The order within a pair changes, and a first pair only warms up.
 */
export async function runPaired(
  { name, what, open, ratios }: PairedCase,
  { pairs, onPair }: { pairs: number; onPair(done: number): void },
): Promise<PairedResult> {
  await using opened = await open();
  const measured: { subject: Figures; control: Figures }[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const first = pair % 2 === 0 ? await opened.subject() : undefined;
    const control = await opened.control();
    const subject = first ?? (await opened.subject());
    if (pair > 0) measured.push({ subject, control });
    onPair(pair);
  }
  const summaries = Object.entries(ratios).map(([figure, ratio]) => [
    figure,
    summarize(measured.map(({ subject, control }) => ratio(subject, control))),
  ]);
  return { name, what, pairs: measured, ratios: Object.fromEntries(summaries) };
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
    values,
  };
}
