import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place, Tour } from './tour.ts';

const SERVER = 'http://127.0.0.1:3000';
const API = `${SERVER}/api/v1`;
const SEND = "-H 'content-type: application/json' -d";
/** The status on a line of its own, behind the body. */
const STATUS = "-w '\\n%{http_code}'";
const CLI = 'npm run -s stage:4 --';
const TRY_IT = 'npx node stage-04-redis/try-it';
const BREAK_IT = 'npx node stage-04-redis/break-it';

const signIn = (name: string) => `${TRY_IT}/sign-in.ts ${SERVER} ${name}`;
/** curl takes headers from a file. */
const as = (name: string) => `-H @my/${name}.txt`;

export const tour: Tour = {
  title: 'Stage 4: copies that are not wrong, and a door with a key',
  needs: ['curl'],
  steps: [
    {
      say: 'The server, on SQLite and without Redis: the copies are in this process, and the sessions in the database. With REDIS_URL set both are in Redis, and all that follows is the same. For this tour ADMIN_PASSWORD is set; without it, the first start makes a password up and prints it once.',
      server: { start: 'npm run -s stage:4', ready: 'Ctrl-C ends it' },
    },
    { say: 'What worked at stage 3 is 401 now: who is there?', run: [`curl -s ${STATUS} ${API}/patients`] },
    {
      say: 'A name and a password are given for a token. What the server keeps of it is a hash.',
      run: [`curl -s ${STATUS} ${SEND} @stage-04-redis/try-it/admin.json ${SERVER}/auth/login`],
    },
    {
      say: 'Each request shows its token in a header. A small program of the lesson signs in and puts the header into a file. With it, a patient and a doctor are registered.',
      run: [
        signIn('admin'),
        `curl -s ${STATUS} ${as('admin')} ${SEND} @stage-04-redis/try-it/okafor.json ${API}/patients`,
        `curl -s ${STATUS} ${as('admin')} ${SEND} @stage-03-postgres/try-it/haddad.json ${API}/doctors`,
      ],
    },
    {
      say: 'The patient is looked at twice. X-Cache says who answered: the database (miss), then the copy (hit).',
      run: async (place) => {
        const look = `curl -s -i ${as('admin')} ${API}/patients/${await patientId(place)}`;
        return [look, look];
      },
    },
    {
      say: 'She has married. The copy is taken away before the change is committed, and nobody who is told "saved" sees the old name again: miss, and version 2.',
      run: async (place) => {
        const url = `${API}/patients/${await patientId(place)}`;
        return [
          `curl -s ${STATUS} -X PUT ${as('admin')} ${SEND} @stage-04-redis/try-it/okafor-married.json ${url}`,
          `curl -s -i ${as('admin')} ${url}`,
        ];
      },
    },
    {
      say: 'The easy way to write a cache has a hole: a slow reader puts the old record there after the change. Here it is made to happen twenty times, and then with the leases of this stage.',
      run: [`${BREAK_IT}/late-fill.ts`],
    },
    {
      say: 'A copy that everybody looks at expires. Two hundred readers, and how often is the database asked?',
      run: [`${BREAK_IT}/stampede.ts`],
    },
    {
      say: 'A Redis that is frozen keeps its connections and says nothing. The client alone waits without end. With the breaker three questions pay for it, and the others go on at once.',
      run: [`${BREAK_IT}/frozen.ts`],
    },
    {
      say: 'A doctor gets an account. At a terminal it asks for the password and does not show it; here it comes from stdin.',
      run: async (place) => [
        `${CLI} user add --username haddad --role doctor --doctor-id ${await doctorId(place)}`,
      ],
      input: 'rain on the tin roof\n',
    },
    {
      say: 'She reads patients, and may not delete one: 403.',
      run: async (place) => [
        signIn('haddad'),
        `curl -s ${STATUS} -X DELETE ${as('haddad')} ${API}/patients/${await patientId(place)}`,
      ],
    },
    {
      say: 'She logs out. The same token a moment later is 401: a session ends on the spot, in all servers. A signed token that nobody has to ask about would go on.',
      run: [
        `curl -s ${STATUS} -X POST ${as('haddad')} ${SERVER}/auth/logout`,
        `curl -s ${STATUS} ${as('haddad')} ${API}/patients`,
      ],
    },
    {
      say: 'Somebody guesses her password. Five tries, and the sixth is not looked at. For a name that there is not, the words and the time are the same.',
      run: [`${TRY_IT}/guess.ts ${SERVER} haddad 6`, `${TRY_IT}/guess.ts ${SERVER} nobody 1`],
    },
    {
      say: 'The audit: a line for each look at her data, each change and each refused try; here the five newest. It was committed before the answer was given.',
      run: async (place) => [
        `curl -s '${API}/audit?limit=5&patientId=${await patientId(place)}' ${as('admin')}`,
      ],
    },
    {
      say: 'Three hundred readers at once, each waiting for their line in the audit: those who come together share a commit.',
      run: [`${BREAK_IT}/group-commit.ts`],
    },
    { say: 'Ctrl-C ends the server.', server: 'Ctrl-C' },
    { say: 'Who may sign in.', run: [`${CLI} user list`] },
  ],
  shown: [
    'an API that answers those who have signed in, each by their role;',
    'copies of patients that are gone before the change is told, and what happens without a lease;',
    'two hundred readers and one question to the database;',
    'a logout that is one, and five guesses for a password;',
    'an audit of who saw and changed what.',
    'How it is done, and why: stage-04-redis/README.md. "npm run services -- up" brings up a real Redis.',
  ],
};

/** From the audit: to look for her among the patients would leave a line there that is the tour's own. */
async function patientId(place: Place): Promise<string> {
  const created = (await ask(place, 'audit?limit=100')).find(({ action }) => action === 'create');
  return created?.patientId ?? '';
}

async function doctorId(place: Place): Promise<string> {
  const [doctor] = await ask(place, 'doctors');
  return doctor?.id ?? '';
}

async function ask({ folder, port }: Place, path: string): Promise<Record<string, string>[]> {
  const header = await readFile(join(folder, 'my', 'admin.txt'), 'utf8');
  const authorization = header.replace('authorization: ', '').trim();
  const answer = await fetch(`${API.replace(':3000', `:${port}`)}/${path}`, { headers: { authorization } });
  const { items } = (await answer.json()) as { items: Record<string, string>[] };
  return items;
}
