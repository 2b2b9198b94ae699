import type { TestEvent } from 'node:test/reporters';

/** How many tests a file held that ran, or that said why they did not. */
export interface FileCount {
  file: string;
  tests: number;
}

/**
 * A reporter for machines: one JSON array of {@link FileCount}. The runner's own total will not do, for it counts a
 * file that holds no test as one test, passed. A suite that is skipped as a whole counts as a test: it was told.
 */
export default async function* countReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts: FileCount[] = [];
  const skippedSuites = new Map<string, number>();
  for await (const event of source) {
    if (event.type === 'test:pass' && event.data.skip !== undefined && event.data.details.type === 'suite') {
      const { file = '' } = event.data;
      skippedSuites.set(file, (skippedSuites.get(file) ?? 0) + 1);
    }
    if (event.type !== 'test:summary' || event.data.file === undefined) continue;
    const { file, counts: counted } = event.data;
    counts.push({ file, tests: counted.tests + (skippedSuites.get(file) ?? 0) });
  }
  yield JSON.stringify(counts);
}
