import { join, relative } from 'node:path';
import { findStage, listStages, ROOT } from '../stages.ts';
import { createSampleFile } from '../start/sample-file.ts';
import { main as runStage } from './stage.ts';

/** Starts a stage, the newest unless one is named, with a few people in it, and says what to try next. */
export async function main([number]: string[]): Promise<void> {
  const stage = findStage(number ?? String(listStages().at(-1)?.number));
  const file = join(stage.path, 'data', 'patients.json');
  await createSampleFile(file);
  const shown = relative(ROOT, file).replaceAll('\\', '/');
  const call = `npm run -s stage:${stage.number} -- --file ${shown}`;

  console.log(`Stage ${stage.number} keeps its patients in ${shown}:\n`);
  process.env.INIT_CWD = ROOT;
  await runStage([String(stage.number), '--file', shown, '--list']);
  console.log(`
Try next:
  ${call} --list --search мария
  ${call} --add --last-name Lindqvist --first-name Åsa --birth-date 1993-04-02 --sex female
  ${call} --add --birth-date 2023-02-29 --sex x        (a refusal: look at what it says)
  ${call} --help
Then read ${stage.folder}/README.md, the lesson. "npm run demo:${stage.number}" is a guided tour.`);
}
