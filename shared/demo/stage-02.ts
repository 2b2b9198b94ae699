import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place, Tour } from './tour.ts';

const PATIENTS = 'http://127.0.0.1:3000/api/v1/patients';
const SEND = "-H 'content-type: application/json' -d";
const OKAFOR = '"lastName":"Okafor","firstName":"Adaeze","birthDate":"1990-05-14","sex":"female"';
const YAMADA = '"lastName":"山田","firstName":"太郎","birthDate":"1984-02-29","sex":"male"';
const NONSENSE = '"lastName":"R2-D2","birthDate":"2023-02-29","sex":"f","phone":"030-123456","nickname":"x"';
/** The status on a line of its own, behind the body. */
const STATUS = "-w '\\n%{http_code}'";

export const tour: Tour = {
  title: 'Stage 2: patients over HTTP',
  needs: ['curl'],
  steps: [
    {
      say: 'The same patients in the same file, and a second door to them: a server. It goes on until it is ended, so it has a terminal of its own. It says where the data are, and where it answers.',
      server: { start: 'npm run -s stage:2', ready: 'Ctrl-C ends it' },
    },
    {
      say: 'curl speaks HTTP from the command line; "-i" shows the head of the answer too. Adaeze Okafor is registered. Look for three things: the status 201 (Created) in the first line; "location", which says where she is from now on; "etag", which says which version of her record this is.',
      run: [`curl -si ${SEND} '{${OKAFOR}}' ${PATIENTS}`],
    },
    {
      say: 'Read her there. Whoever has a version already names it in If-None-Match, and hears only that it is still the one: 304, and no body. From here on "-w" prints the status, and we leave the rest of the head away.',
      run: async (place) => [
        `curl -s ${STATUS} ${await okafor(place)}`,
        `curl -s ${STATUS} -H 'If-None-Match: "1"' ${await okafor(place)}`,
      ],
    },
    {
      say: 'Now nonsense: a digit in a name, no first name, a 29 February that never was, a sex that is none of the four, a telephone number without its country, a field that there is not. All six are told at once, each with its place in the body and its remedy: 422.',
      run: [`curl -s ${STATUS} ${SEND} '{${NONSENSE}}' ${PATIENTS}`],
    },
    {
      say: 'Two people read version 1. Each changes something and puts the whole record back, and says in If-Match which version that was. The first gets 200, and the record is version 2. The second gets 412: her change would have undone his, and neither would have known.',
      run: async (place) => {
        const put = async (record: string) =>
          `curl -s ${STATUS} -X PUT -H 'If-Match: "1"' ${SEND} '{${record}}' ${await okafor(place)}`;
        return [
          await put(`${OKAFOR},"phone":"+2348012345678"`),
          await put(`${OKAFOR},"middleName":"Chidinma"`),
        ];
      },
    },
    {
      say: 'The command line still works, on the same file, while the server runs. Neither loses what the other wrote.',
      run: [
        'npm run -s stage:2 -- --add --last-name Иванова --first-name Мария --middle-name Петровна --birth-date 1957-11-03 --sex female',
        `curl -s ${SEND} '{${YAMADA}}' ${PATIENTS}`,
      ],
    },
    {
      say: 'A list comes in pages. The server saw Мария Иванова, whom the command line wrote. "nextCursor" leads to the next page; on the last one it is null.',
      run: [`curl -s '${PATIENTS}?limit=2'`],
    },
    {
      say: 'The next page begins behind the person whom the last one ended with, whoever came or went meanwhile.',
      run: async ({ port }) => {
        const first = await fetch(`${PATIENTS.replace(':3000', `:${port}`)}?limit=2`);
        const { nextCursor } = (await first.json()) as { nextCursor: string };
        return [`curl -s '${PATIENTS}?limit=2&cursor=${nextCursor}'`];
      },
    },
    {
      say: 'Three refusals about the request itself: nothing is at this path (404), this path does not know this method (405), this is not JSON (415). Each is a problem document of the same form, with an id.',
      run: [
        `curl -s ${PATIENTS}/nobody`,
        `curl -s -X DELETE ${PATIENTS}`,
        `curl -s -H 'content-type: text/plain' -d hello ${PATIENTS}`,
      ],
    },
    {
      say: 'A caller may bring the id of the request. It comes back with the answer, and with it the two logs can be read together.',
      run: [`curl -s ${STATUS} -H 'X-Request-Id: tour-1' '${PATIENTS}?search=okafor'`],
    },
    {
      say: 'That request in the log of the server: the route as a pattern, the status, the time. Who was searched for is not there: no names, no bodies, no values of a query.',
      server: { show: 'tour-1' },
    },
    {
      say: 'Ctrl-C. The server takes no new requests, finishes those in flight, closes the file, and ends.',
      server: 'Ctrl-C',
    },
    {
      say: 'Everything that it acknowledged is in the file.',
      run: ['npm run -s stage:2 -- --list'],
    },
  ],
  shown: [
    'one file with two doors, the API and the command line, open at the same time;',
    'a patient registered and read, with a place (Location) and a version (ETag);',
    'a refusal that names every bad field at once, and changes nothing;',
    'two changes on one version: the second is told, and nothing is lost in silence;',
    'pages that go on behind the last one seen;',
    'a log that can be joined by request ids, and says nothing of people.',
    'How it is done, and why: stage-02-http/README.md.',
  ],
};

/** Where Adaeze Okafor is; her id is in the file. */
async function okafor({ folder }: Place): Promise<string> {
  const { patients } = JSON.parse(await readFile(join(folder, 'patients.json'), 'utf8'));
  const { id } = patients.find((patient: { lastName: string }) => patient.lastName === 'Okafor');
  return `${PATIENTS}/${id}`;
}
