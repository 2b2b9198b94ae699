import { main as runStage } from './stage.ts';

/** The stage whose requests leave traces, and whose command draws them. */
const STAGE = '7';

/** `npm run trace -- ID`: the picture of a request, in all processes; without an id, the last ones. */
export async function main(args: string[]): Promise<void> {
  await runStage([STAGE, 'trace', ...args]);
}
