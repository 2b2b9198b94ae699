import type { TestEvent } from 'node:test/reporters';

/** How many tests a file held that ran. */
export interface FileCount {
  file: string;
  tests: number;
}

/**
 * A reporter for machines: one JSON array of {@link FileCount}. The runner's own total will not do, for it counts a
 * file that holds no test as one test, passed.
 */
export default async function* countReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts: FileCount[] = [];
  for await (const event of source) {
    if (event.type !== 'test:summary' || event.data.file === undefined) continue;
    counts.push({ file: event.data.file, tests: event.data.counts.tests });
  }
  yield JSON.stringify(counts);
}
