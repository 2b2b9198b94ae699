import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place, Tour } from './tour.ts';

const SERVER = 'http://127.0.0.1:3000';
const API = `${SERVER}/api/v1`;
const SEND = "-H 'content-type: application/json' -d";
/** The status on a line of its own, behind the body. */
const STATUS = "-w '\\n%{http_code}'";
const AS_ADMIN = '-H @my/admin.txt';
const CLI = 'npm run -s stage:5 --';
const BREAK_IT = 'npx node stage-05-events/break-it';
const TRY_IT = 'npx node stage-05-events/try-it';
const OF_STAGE_3 = 'stage-03-postgres/try-it';

export const tour: Tour = {
  title: 'Stage 5: what was booked is told, and done once',
  needs: ['curl'],
  steps: [
    {
      say: 'The server, on files: a SQLite file keeps the data, and another one the events. It stands for Kafka, and says what it is not. With KAFKA_BROKERS set it is a real one, and all that follows is the same.',
      server: { start: 'npm run -s stage:5', ready: 'Ctrl-C ends it' },
    },
    {
      say: 'Somebody signs in, and registers a patient and a doctor.',
      run: [
        `npx node stage-04-redis/try-it/sign-in.ts ${SERVER} admin`,
        `curl -s ${STATUS} ${AS_ADMIN} ${SEND} @stage-04-redis/try-it/okafor.json ${API}/patients`,
        `curl -s ${STATUS} ${AS_ADMIN} ${SEND} @${OF_STAGE_3}/haddad.json ${API}/doctors`,
      ],
    },
    {
      say: 'A booking, as at the stages before.',
      run: async (place) => [
        `npx node ${OF_STAGE_3}/booking.ts nine.json ${await people(place)} 10:00 10:30`,
        `curl -s ${STATUS} ${AS_ADMIN} ${SEND} @my/nine.json ${API}/appointments`,
      ],
    },
    {
      say: 'It was told: the topic, the partition, the number in it, and the event with the whole appointment. The row for it was written in the transaction of the booking, and a relay took it from there.',
      run: [`${TRY_IT}/show-log.ts`],
    },
    {
      say: 'All this with a real Kafka, started for this step where Java and Maven are there; and then its broker is killed. The bookings do not notice: their rows wait in the outbox. When the broker is back, all is told.',
      run: ['npx node shared/demo/broker-dies.ts'],
    },
    {
      say: 'Why not write to the database, and then to the log? Programs that do so are killed here at a bad moment, and the log is taken away for a while; then the other way round; then with the outbox of this stage.',
      run: [`${BREAK_IT}/dual-write.ts`],
    },
    {
      say: 'A relay that goes on behind the last number that it has seen misses what is committed late. One that takes whatever is there, and deletes it, does not.',
      run: [`${BREAK_IT}/cursor.ts`],
    },
    {
      say: 'The appointment is moved, and then cancelled. Each has a topic of its own. See the versions.',
      run: async (place) => {
        const url = `${API}/appointments/${await firstId(place, 'appointments')}`;
        return [
          `curl -s ${STATUS} -X PATCH ${AS_ADMIN} ${SEND} @${OF_STAGE_3}/to-noon.json ${url}`,
          `curl -s ${STATUS} -X PATCH ${AS_ADMIN} ${SEND} @${OF_STAGE_3}/cancel.json ${url}`,
          `${TRY_IT}/show-log.ts appointments.rescheduled appointments.cancelled`,
        ];
      },
    },
    {
      say: 'One of two readers has counted meanwhile, each event once.',
      run: [`curl -s ${AS_ADMIN} ${API}/statistics`],
    },
    {
      say: 'Between topics there is no order. Who believes what was told last is wrong when a cancellation comes first; the version says what happened last.',
      run: [`${BREAK_IT}/order.ts`],
    },
    {
      say: 'A reader dies five times. When it notes how far it has read before its work, it loses some; after its work, it does some twice. A note in the transaction of the work makes it once.',
      run: [`${BREAK_IT}/offset-first.ts`],
    },
    {
      say: 'The other reader makes reminders, a day before. Of what begins in three hours it is high time.',
      run: async (place) => [
        `${TRY_IT}/soon.ts soon.json ${await people(place)} 3`,
        `curl -s ${STATUS} ${AS_ADMIN} ${SEND} @my/soon.json ${API}/appointments`,
      ],
    },
    {
      say: 'The reminder, in the log of the server. It could be a mail. Its messageId is the same if it should ever be sent twice.',
      server: { show: '"message":"reminder"' },
    },
    {
      say: 'A stranger writes into our topic what is no event. Both readers put it aside, for a person to look at, and go on.',
      run: [`${TRY_IT}/publish.ts appointments.created some-key 'not json'`, `${CLI} dlq list`],
    },
    {
      say: 'What else they could have done: wait for ever, with all that is behind it; or skip it, and nobody knows.',
      run: [`${BREAK_IT}/poison.ts`],
    },
    {
      say: 'A dead letter is sent again when its reason was mended. First one looks at what would be sent. Here nothing was mended, so it will come back.',
      run: [
        `${CLI} dlq redrive --id appointments.created.dlq/0/0 --dry-run`,
        `${CLI} dlq redrive --id appointments.created.dlq/0/0`,
      ],
    },
    {
      say: 'The log holds everything from the beginning, so the figures can be made anew. They are the same.',
      run: [`${CLI} replay`, `curl -s ${AS_ADMIN} ${API}/statistics?from=2091-01-01`],
    },
    { say: 'Ctrl-C ends the server, and its relay and readers with the work at hand.', server: 'Ctrl-C' },
  ],
  shown: [
    'a booking and its event in one commit, and what two writes lose;',
    'a broker that dies, and bookings that do not notice;',
    'a relay that misses nothing, and readers that do each thing once, in any order;',
    'a reminder, and figures that are made of events, and made again;',
    'a bad message that stops nobody, and is not lost.',
    'How it is done, and why: stage-05-events/README.md. "npm run services -- up" brings up a real Kafka.',
  ],
};

/** The ids of the patient and of the doctor. */
async function people(place: Place): Promise<string> {
  return `${await firstId(place, 'patients')} ${await firstId(place, 'doctors')}`;
}

async function firstId({ folder, port }: Place, list: string): Promise<string> {
  const header = await readFile(join(folder, 'my', 'admin.txt'), 'utf8');
  const authorization = header.replace('authorization: ', '').trim();
  const answer = await fetch(`${API.replace(':3000', `:${port}`)}/${list}`, { headers: { authorization } });
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items[0]?.id ?? '';
}
