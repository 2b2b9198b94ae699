// How long do --list and --add take when the file holds so many patients already, and how much memory?
// The whole process is measured, from its start to its end: the best of three runs.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newDataFile } from './writers.ts';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const OKAFOR = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' };
const ADD = [
  '--add',
  '--last-name',
  'Okafor',
  '--first-name',
  'Adaeze',
  '--birth-date',
  '1990-05-14',
  '--sex',
  'female',
];
// Runs in the measured process: its last word is the most memory that it ever held, in kilobytes.
const REPORT = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))';

const sizes = process.argv.slice(2).map(Number);
console.log('patients   --list    --add   memory of --add');
for (const size of sizes.length > 0 ? sizes : [0, 10_000, 100_000]) {
  const file = newDataFile();
  fill(file, size);
  const list = bestOfThree(['--list', '--file', file]);
  const add = bestOfThree([...ADD, '--file', file]);
  console.log(
    `${String(size).padStart(8)}   ${list.seconds.toFixed(2)} s   ${add.seconds.toFixed(2)} s   ${add.megabytes} MB`,
  );
}

function fill(file: string, size: number): void {
  const now = new Date().toISOString();
  const patients = Array.from({ length: size }, (_, index) => {
    return { id: String(index).padStart(36, '0'), ...OKAFOR, version: 1, createdAt: now, updatedAt: now };
  });
  if (size > 0) writeFileSync(file, JSON.stringify({ version: 1, patients, appointments: [] }, undefined, 2));
}

function bestOfThree(args: readonly string[]) {
  const runs = [1, 2, 3].map(() => {
    const started = performance.now();
    const { stderr } = spawnSync(process.execPath, [
      '--import',
      `data:text/javascript,${REPORT}`,
      MAIN,
      ...args,
    ]);
    const seconds = (performance.now() - started) / 1000;
    return { seconds, megabytes: Math.round(Number(String(stderr).trim().split('\n').at(-1)) / 1024) };
  });
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best));
}
