import { ROOT, type Stage } from '../stages.ts';
import { main as runStage } from '../tools/stage.ts';
import { dataFileOf, fromRoot } from './data-file.ts';
import { createSampleFile } from './sample-file.ts';

/** Shows a stage that is called from the command line: who is in its file, and what to try. */
export async function showCommandLine(stage: Stage): Promise<void> {
  const file = dataFileOf(stage);
  await createSampleFile(file);
  const shown = fromRoot(file);
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
