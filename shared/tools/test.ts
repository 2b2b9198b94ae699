import { ROOT } from '../stages.ts';
import { runTests } from '../test-run/run-tests.ts';

/** `npm test`, `npm run test:1`, `npm run test:shared`; more words after `--` go to Node's test runner. */
export async function main(args: string[]): Promise<number> {
  return await runTests(args, ROOT);
}
