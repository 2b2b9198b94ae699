// A stream of 100,000 appointments, and a reader who takes the first ones and then does something else for a while.
// What does the server keep for them meanwhile?
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Appointment } from '../src/domain/index.ts';
import type { ScheduleService as Service } from '../src/service/index.ts';
import { ScheduleService } from '../src/transport/grpc/generated/medcenter/schedule/v1/schedule_pb.ts';
import { openGrpcServer, openScheduleClient } from '../src/transport/grpc/index.ts';
import { serviceDefinitionOf } from '../src/transport/grpc/service-definition.ts';
import { toWireEvent } from '../src/transport/grpc/wire.ts';

const APPOINTMENTS = 100_000;
const id = '01a20824-0ea7-7581-8caf-e0ba4054f2c6';
const startsAt = '2091-03-05T09:00:00.000Z';
const endsAt = '2091-03-05T09:30:00.000Z';
const people = { patientId: id, doctorId: id };
const appointment: Appointment = { id, ...people, startsAt, endsAt, status: 'booked', version: 1 };
const event = { kind: 'appointment', appointment, position: 'snapshot' } as const;

let made = 0;
async function* watchDay() {
  for (made = 0; made < APPOINTMENTS; made++) {
    if (made % 1_000 === 0) await sleep(1); // The next page, from the database.
    yield event;
  }
}

interface Opened {
  readonly address: string;
  close(): Promise<void>;
}

/** As one is tempted to write it: what `write` answers is not looked at. */
async function openNaive(): Promise<Opened> {
  const server = new Server();
  const streamDailyAppointments = async (call: { write(message: object): boolean; end(): void }) => {
    for await (const each of watchDay()) call.write(toWireEvent(each));
    call.end();
  };
  server.addService(serviceDefinitionOf(ScheduleService), { streamDailyAppointments });
  const bound = Promise.withResolvers<number>();
  const credentials = ServerCredentials.createInsecure();
  server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
    error ? bound.reject(error) : bound.resolve(port),
  );
  return { address: `127.0.0.1:${await bound.promise}`, close: async () => server.forceShutdown() };
}

/** This stage's own. */
const openOurs = (): Promise<Opened> =>
  openGrpcServer({
    host: '127.0.0.1',
    port: 0,
    service: { watchDay } as Partial<Service> as Service,
    onError: console.error,
    shutdownMs: 0,
  });

// What nobody refers to any more is no memory that the server keeps.
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const megabytes = () => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
};

console.log(`${'a reader who pauses'.padEnd(34)}made   memory`);
for (const [name, open] of [
  ['write, and write on', openNaive],
  ['wait until there is room', openOurs],
] as const) {
  const server = await open();
  const before = megabytes();
  const client = openScheduleClient({ address: server.address, deadlineMs: 30_000 });
  let taken = 0;
  for await (const _ of client.watchDay({ doctorId: id, date: '2091-03-05', watch: false })) {
    if (++taken === 10) await sleep(2_500);
    if (taken === 20) break;
  }
  const grown = Math.max(0, megabytes() - before);
  console.log(`${name.padEnd(30)}${String(made).padStart(8)}${`${grown.toFixed(0)} MB`.padStart(9)}`);
  client.close();
  await server.close();
  if (open === openOurs && made === APPOINTMENTS) process.exitCode = 1;
}
