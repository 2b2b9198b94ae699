// Kills a writer in the middle of its work (kill -9: no signal handler, no goodbye), again and again, and looks
// after each kill: does the file hold every patient who was reported as added?
import { setTimeout as sleep } from 'node:timers/promises';
import { idsIn, newDataFile, startWriter, WRITERS } from './writers.ts';

// The naive one breaks long before; the careful one gets as many as pass in a few seconds.
const MOST_KILLS = { naive: 200, careful: 10 };

for (const writer of WRITERS) {
  const file = newDataFile();
  const reported: string[] = [];
  let [kills, lost] = [0, 0];
  while (kills < MOST_KILLS[writer] && lost === 0) {
    const child = await startWriter(writer, file, 1000);
    const report = child.firstReport();
    child.go();
    await report;
    await sleep(Math.random() * 25);
    child.kill();
    await child.ended;
    kills++;
    reported.push(...child.reported());
    const kept = await idsIn(file);
    lost = reported.filter((id) => !kept.has(id)).length;
  }
  console.log(`${writer}: kills ${kills}; patients added ${reported.length}; lost ${lost || 'none'}`);
  if (writer === 'careful' && lost > 0) process.exitCode = 1;
}
