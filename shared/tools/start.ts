import { findStage, listStages } from '../stages.ts';
import { showCommandLine } from '../start/command-line.ts';
import { isServer, startServer } from '../start/server.ts';

/** Starts a stage, the newest unless one is named, with a few people in it, and says what to try next. */
export async function main([number]: string[]): Promise<number | undefined> {
  const stage = findStage(number ?? String(listStages().at(-1)?.number));
  if (await isServer(stage)) return await startServer(stage);
  await showCommandLine(stage);
  return undefined;
}
