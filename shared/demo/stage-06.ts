import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place, Tour } from './tour.ts';

const SERVER = 'http://127.0.0.1:3000';
const GRPC = 'http://127.0.0.1:50051';
const API = `${SERVER}/api/v1`;
const SERVICE = 'medcenter.schedule.v1.ScheduleService';
const JSON_TYPE = "-H 'content-type: application/json'";
/** The status on a line of its own, behind the body. */
const STATUS = "-w '\\n%{http_code}'";
const AS_ADMIN = '-H @my/admin.txt';
const BUF = 'npx buf curl --http2-prior-knowledge --protocol grpc';
const BREAK_IT = 'npx node stage-06-grpc/break-it';
const TRY_IT = 'npx node stage-06-grpc/try-it';
const OF_STAGE_3 = 'stage-03-postgres/try-it';

export const tour: Tour = {
  title: 'Stage 6: free slots, from a service of its own',
  needs: ['curl'],
  steps: [
    {
      say: 'The server, on files. Its schedules are served by a process of their own, which it has started, and which it asks over gRPC.',
      server: { start: 'npm run -s stage:6', ready: 'Ctrl-C ends it' },
    },
    {
      say: 'Somebody signs in, and registers a patient and a doctor.',
      run: [
        `npx node stage-04-redis/try-it/sign-in.ts ${SERVER} admin`,
        `curl -s ${STATUS} ${AS_ADMIN} ${JSON_TYPE} -d @stage-04-redis/try-it/okafor.json ${API}/patients`,
        `curl -s ${STATUS} ${AS_ADMIN} ${JSON_TYPE} -d @${OF_STAGE_3}/haddad.json ${API}/doctors`,
      ],
    },
    {
      say: 'The doctor gets a schedule: Mondays with a break, the nights to Sunday, a day off, all in half hours and as a clock in Berlin shows it.',
      run: async (place) => [
        `curl -s ${STATUS} -X PUT ${AS_ADMIN} ${JSON_TYPE} -d @stage-06-grpc/try-it/nights.json ${API}/doctors/${await doctor(place)}/schedule`,
      ],
    },
    {
      say: 'The night on which the clocks go forward, and the one on which they go back, by a client of gRPC: ten slots, and fourteen, with half past two twice.',
      run: async (place) => [
        `${TRY_IT}/slots.ts ${await doctor(place)} 2091-03-25`,
        `${TRY_IT}/slots.ts ${await doctor(place)} 2091-10-28`,
      ],
    },
    {
      say: 'Who keeps the first slot and adds 24 hours a day is wrong for half of the year, and does not notice where clocks never change.',
      run: [`${BREAK_IT}/utc-days.ts`],
    },
    {
      say: 'Both half past twos are booked, by gRPC; the second one twice with the same key, which is once.',
      run: async (place) => {
        const book = `${TRY_IT}/book.ts ${await doctor(place)} ${await patient(place)}`;
        return [
          `${book} 2091-10-28T00:30:00Z`,
          `${book} 2091-10-28T01:30:00Z second-time`,
          `${book} 2091-10-28T01:30:00Z second-time`,
        ];
      },
    },
    {
      say: 'By REST, as before. At ten there is a slot; at twenty to eleven there is none.',
      run: async (place) => {
        const booking = `npx node ${OF_STAGE_3}/booking.ts`;
        const people = `${await patient(place)} ${await doctor(place)}`;
        return [
          `${booking} ten.json ${people} 10:00 10:30`,
          `curl -s ${STATUS} ${AS_ADMIN} ${JSON_TYPE} -d @my/ten.json ${API}/appointments`,
          `${booking} off.json ${people} 10:40 11:10`,
          `curl -s ${STATUS} ${AS_ADMIN} ${JSON_TYPE} -d @my/off.json ${API}/appointments`,
        ];
      },
    },
    {
      say: 'The answer gets lost, and the caller asks again. Without a key they are told that the time is taken, by themselves, or get two appointments.',
      run: [`${BREAK_IT}/retry-booking.ts`],
    },
    {
      say: 'A client in Go, which knows nothing of us, asks the service what it can do, and calls it. Then the same by curl, through the Connect door of the API.',
      run: async (place) => [
        `${BUF} --list-methods ${GRPC}`,
        `${TRY_IT}/ask.ts ask.json ${await doctor(place)} 2091-03-19 2091-03-19`,
        `${BUF} -d @my/ask.json ${GRPC}/${SERVICE}/GetAvailableSlots`,
        `curl -s ${STATUS} ${AS_ADMIN} ${JSON_TYPE} -d @my/ask.json ${SERVER}/${SERVICE}/GetAvailableSlots`,
      ],
    },
    {
      say: 'The contract may grow. A field that is added breaks nobody.',
      run: [`${TRY_IT}/change-proto.ts add`],
    },
    {
      say: 'Another number or another name breaks those who have the published one; buf says so, and the tests ask it.',
      run: [`${TRY_IT}/change-proto.ts renumber`, `${TRY_IT}/change-proto.ts rename`],
      exit: 1,
    },
    {
      say: 'A display watches the day: what is there, then "live". Then the appointment is cancelled, and the display sees it.',
      run: async (place) => [
        `${TRY_IT}/watch.ts ${SERVER} admin ${await doctor(place)} 2091-03-05 ${await firstId(place, 'appointments')}`,
      ],
    },
    {
      say: 'A snapshot and a subscription, one after the other, lose what happens in between, or tell it twice. One counter for both does neither.',
      run: [`${BREAK_IT}/gap.ts`],
    },
    {
      say: 'What a server keeps in memory for a reader who pauses: all of it, or as much as there is room for.',
      run: [`${BREAK_IT}/slow-reader.ts`],
    },
    {
      say: 'A service that has frozen, and an API that waits for it without a deadline, and with one. Half of the requests have nothing to do with it.',
      run: [`${BREAK_IT}/no-deadline.ts`],
    },
    {
      say: 'kill -9 for the schedule process of our server. Slots are 503 for a moment, patients are as ever, and it is back by itself.',
      run: async (place) => [`${TRY_IT}/outage.ts ${SERVER} admin ${await doctor(place)}`],
    },
    { say: 'What the server has said of it.', server: { show: '"message":"the schedule service ' } },
    { say: 'Ctrl-C ends the server, and the process that it started.', server: 'Ctrl-C' },
  ],
  shown: [
    'slots that are right on the days on which clocks change;',
    'one service behind one interface, by REST, gRPC, and Connect;',
    'a booking that is made once, however often it is asked for;',
    'a stream without a gap, for readers of any speed;',
    'a deadline for each call, and a process that may die alone.',
    'How it is done, and why: stage-06-grpc/README.md.',
  ],
};

const patient = (place: Place) => firstId(place, 'patients');
const doctor = (place: Place) => firstId(place, 'doctors');

async function firstId({ folder, port }: Place, list: string): Promise<string> {
  const header = await readFile(join(folder, 'my', 'admin.txt'), 'utf8');
  const authorization = header.replace('authorization: ', '').trim();
  const answer = await fetch(`${API.replace(':3000', `:${port}`)}/${list}`, { headers: { authorization } });
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items[0]?.id ?? '';
}
