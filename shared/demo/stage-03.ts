import type { Place, Tour } from './tour.ts';

const API = 'http://127.0.0.1:3000/api/v1';
const SEND = "-H 'content-type: application/json' -d";
/** The status on a line of its own, behind the body. */
const STATUS = "-w '\\n%{http_code}'";
const CLI = 'npm run -s stage:3 --';
/** A day far ahead, so that it never lies in the past. */
const DAY = '2091-03-05';
const HADDAD = '{"lastName":"Haddad","firstName":"Samira","specialty":"cardiology"}';
const LINDQVIST = '{"lastName":"Lindqvist","firstName":"Åsa","specialty":"paediatrics"}';

export const tour: Tour = {
  title: 'Stage 3: booking, in a database',
  needs: ['curl'],
  steps: [
    {
      say: 'A clinic has kept its patients in the JSON file of stage 1 until today.',
      run: [
        'npm run -s stage:1 -- --add --last-name Okafor --first-name Adaeze --birth-date 1990-05-14 --sex female',
        'npm run -s stage:1 -- --add --last-name Иванова --first-name Мария --middle-name Петровна --birth-date 1957-11-03 --sex female',
      ],
    },
    {
      say: 'They move into the database, with their ids. The same command again finds that they are there already, and changes nothing: so it may be repeated when it broke off.',
      run: [`${CLI} import patients.json`, `${CLI} import patients.json`],
    },
    {
      say: 'The server. Its first line says which database serves: here a SQLite file, with nothing to install. With DATABASE_URL set it is PostgreSQL, and all that follows is the same.',
      server: { start: 'npm run -s stage:3', ready: 'Ctrl-C ends it' },
    },
    {
      say: 'Two doctors are registered, as patients are.',
      run: [HADDAD, LINDQVIST].map((doctor) => `curl -s ${STATUS} ${SEND} '${doctor}' ${API}/doctors`),
    },
    {
      say: 'Adaeze Okafor is booked with Dr Haddad: from 9 to half past. 201, Created. The time came with an offset, and comes back in UTC.',
      run: async (place) => [await book(place, 'okafor', 'haddad', '10:00:00+01:00', '10:30:00+01:00')],
    },
    {
      say: 'Мария Иванова wants the same doctor, from a quarter past 9. 409, Conflict: it says who is taken, and nothing of the other appointment.',
      run: async (place) => [await book(place, 'иванова', 'haddad', '09:15:00Z', '09:45:00Z')],
    },
    {
      say: 'From half past 9 she can have it. An appointment holds its start and not its end, so one may begin where another ends.',
      run: async (place) => [await book(place, 'иванова', 'haddad', '09:30:00Z', '10:00:00Z')],
    },
    {
      say: 'Adaeze Okafor wants to come later. At a quarter past 9 she would run into the other patient: 409, and she keeps her old time. At 11 the doctor is free: 200, and in the same step the old time is given back. There is no moment in which she has both, or none.',
      run: async (place) => [
        await move(place, 'okafor', '09:15:00Z', '09:45:00Z'),
        await move(place, 'okafor', '11:00:00Z', '11:30:00Z'),
      ],
    },
    {
      say: 'Was it booked, when no answer came? A client that names its request may send it again: the second answer is the first one, with the same id, and nothing is booked twice. The same name for another request is a mistake: 422.',
      run: async (place) => {
        const key = "-H 'Idempotency-Key: tour-1'";
        const request = await book(place, 'иванова', 'lindqvist', '14:00:00Z', '14:30:00Z', key);
        return [request, request, await book(place, 'иванова', 'lindqvist', '15:00:00Z', '15:30:00Z', key)];
      },
    },
    {
      say: "The doctor's day, by start.",
      run: async (place) => [
        `curl -s '${API}/appointments?doctorId=${await idOf(place, 'doctors', 'haddad')}&from=${DAY}T00:00:00Z'`,
      ],
    },
    {
      say: 'Now fifty people press the button for one slot at once. The program that looks first whether the time is free tells all fifty that it is theirs. Here nobody looks: the insert is tried, and the constraint of the table judges.',
      run: ['npx node stage-03-postgres/break-it/race.ts'],
    },
    {
      say: 'Two desks on one connection: when one takes its work back, what the other was told is done goes with it. This stage lets them take turns.',
      run: ['npx node stage-03-postgres/break-it/neighbours.ts'],
    },
    { say: 'Ctrl-C ends the server.', server: 'Ctrl-C' },
    {
      say: 'The command line of stage 1 works on the database, too. And a start that finds the tables as they should be has nothing to do.',
      run: [`${CLI} --list --search ИВАН`, `${CLI} migrate`],
    },
  ],
  shown: [
    'patients who moved from a file into a database, with their ids, and who can move twice;',
    'a booking, a double booking that is refused, and two appointments back to back;',
    'a new time that is taken in the same step in which the old one is given back, or not at all;',
    'a request that may be sent twice, and books once;',
    'fifty callers and one winner, and what happens without the constraint.',
    'How it is done, and why: stage-03-postgres/README.md. "npm run services -- up" brings up a real PostgreSQL.',
  ],
};

async function book(
  place: Place,
  patient: string,
  doctor: string,
  from: string,
  to: string,
  options = '',
): Promise<string> {
  const body = {
    patientId: await idOf(place, 'patients', patient),
    doctorId: await idOf(place, 'doctors', doctor),
    startsAt: `${DAY}T${from}`,
    endsAt: `${DAY}T${to}`,
  };
  const headers = options && `${options} `;
  return `curl -s ${STATUS} ${headers}${SEND} '${JSON.stringify(body)}' ${API}/appointments`;
}

async function move(place: Place, patient: string, from: string, to: string): Promise<string> {
  const patientId = await idOf(place, 'patients', patient);
  const id = await firstId(place, `appointments?patientId=${patientId}`);
  const times = JSON.stringify({ startsAt: `${DAY}T${from}`, endsAt: `${DAY}T${to}` });
  return `curl -s ${STATUS} -X PATCH ${SEND} '${times}' ${API}/appointments/${id}`;
}

function idOf(place: Place, kind: 'patients' | 'doctors', name: string): Promise<string> {
  return firstId(place, `${kind}?search=${encodeURIComponent(name)}`);
}

async function firstId({ port }: Place, path: string): Promise<string> {
  const answer = await fetch(`${API.replace(':3000', `:${port}`)}/${path}`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items[0]?.id ?? '';
}
