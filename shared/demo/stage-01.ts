import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tour } from './tour.ts';

const CLI = 'npm run -s stage:1 --';

export const tour: Tour = {
  title: 'Stage 1: patients in one file',
  steps: [
    {
      say: 'A clinic wants its patients in a computer. Adaeze Okafor is the first. The program is called through npm: what stands behind "--" is for the program, and "-s" keeps npm itself silent.',
      run: [`${CLI} --add --last-name Okafor --first-name Adaeze --birth-date 1990-05-14 --sex female`],
    },
    {
      say: 'Names come in every script, with and without a middle name. One of these three was born on a 29 February.',
      run: [
        `${CLI} --add --last-name 山田 --first-name 太郎 --birth-date 1984-02-29 --sex male`,
        `${CLI} --add --last-name Иванова --first-name Мария --middle-name Петровна --birth-date 1957-11-03 --sex female`,
        `${CLI} --add --last-name Álvarez --first-name José --birth-date 2019-08-21 --sex male --phone +34911234567`,
      ],
    },
    {
      say: 'All of them, in the order in which they came. The columns stand straight, though a letter like 山 is twice as wide as others.',
      run: [`${CLI} --list`],
    },
    {
      say: 'A search takes any part of a name, in any case, in any script.',
      run: [`${CLI} --list --search ИВАН`],
    },
    {
      say: 'Now nonsense. Five fields are wrong: a digit in a name, no first name, a 29 February that never was, a sex that is none of the four, a telephone number without its country. All five are told at once, each with its remedy, and nothing is changed.',
      run: [
        `${CLI} --add --last-name R2-D2 --first-name "" --birth-date 2023-02-29 --sex f --phone 030-123456`,
      ],
      exit: 1,
    },
    {
      say: 'Adaeze Okafor has a telephone now. Her record has a version, which counts the changes.',
      run: async ({ folder }) => [`${CLI} --update ${await idOf('Okafor', folder)} --phone +2348012345678`],
    },
    {
      say: 'Where is all this? In one file, which people can read.',
      run: [`node -p "fs.readFileSync('patients.json', 'utf8')"`],
    },
    {
      say: 'Can it be trusted? Two writers are started and killed in the middle of their work (kill -9), again and again. The naive one reads the list, puts one more on it and writes the list: what most of us write first. It is killed until it loses something. The careful one is this stage.',
      run: ['npx node stage-01-core/break-it/kill.ts'],
    },
    {
      say: 'Two people at two desks: two processes add 50 patients each to one file, at the same time. Neither of the naive two is told of an error.',
      run: ['npx node stage-01-core/break-it/two-at-once.ts'],
    },
    {
      say: 'Now a worse morning: the file from before is cut off after 300 bytes. A full disk can do this, or a copy that broke off.',
      run: [`node -e "fs.truncateSync('patients.json', 300)"`],
    },
    {
      say: 'The program says which file is damaged, and what to do. It does not begin a new one over what could still be rescued.',
      run: [
        `${CLI} --add --last-name Okafor --first-name Adaeze --birth-date 1990-05-14 --sex female`,
        `${CLI} --list`,
      ],
      exit: 1,
    },
  ],
  shown: [
    'people in three scripts, added, listed, found and changed;',
    'a refusal that names every bad field at once, with exit code 1, and changes nothing;',
    'a file that is whole and complete however often its writer is killed;',
    'two processes that write at once, and lose nothing;',
    'a damaged file that is refused, and left for someone to mend.',
    'How it is done, and why: stage-01-core/README.md.',
  ],
};

async function idOf(lastName: string, folder: string): Promise<string> {
  const { patients } = JSON.parse(await readFile(join(folder, 'patients.json'), 'utf8'));
  return patients.find((patient: { lastName: string }) => patient.lastName === lastName).id;
}
