// Twenty bookings over gRPC. Now and then the answer gets lost: it is booked, and the caller hears that nobody answers.
// What do they do, and what is booked in the end?
import { DomainError, unavailable } from '../src/domain/index.ts';
import type { ScheduleService } from '../src/service/index.ts';
import { openGrpcServer, openScheduleClient } from '../src/transport/grpc/index.ts';
import { type Clinic, DATE, openClinic, slotBegin } from './clinic.ts';

const PATIENTS = 20;

/** What a caller does who got no answer. */
type Again = 'give up' | 'again' | 'the next free slot' | 'again, with a key';

function losingAnswers(service: ScheduleService): ScheduleService {
  let calls = 0;
  return {
    ...service,
    async bookSlot(...booking) {
      const appointment = await service.bookSlot(...booking);
      if (++calls % 5 === 4) throw unavailable('the connection is gone');
      return appointment;
    },
  };
}

async function bookAll({ doctorId, patientId }: Clinic, service: ScheduleService, again: Again) {
  const told = { booked: 0, taken: 0, nothing: 0 };
  for (let number = 0; number < PATIENTS; number++) {
    const options = again === 'again, with a key' ? { idempotencyKey: `booking-${number}` } : {};
    const book = (at: number) => service.bookSlot({ doctorId, patientId, startsAt: slotBegin(at) }, options);
    try {
      await book(number * 2).catch((error: unknown) => {
        if (again === 'give up' || !isCode(error, 'unavailable')) throw error;
        return book(number * 2 + (again === 'the next free slot' ? 1 : 0));
      });
      told.booked += 1;
    } catch (error) {
      told[isCode(error, 'conflict') ? 'taken' : 'nothing'] += 1;
    }
  }
  return told;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof DomainError && error.code === code;
}

console.log(`${`${PATIENTS} patients, some answers lost`.padEnd(32)}booked | told: booked   taken  nothing`);
for (const again of ['give up', 'again', 'the next free slot', 'again, with a key'] as const) {
  await using clinic = await openClinic();
  const service = losingAnswers(clinic.service);
  const server = await openGrpcServer({ host: '127.0.0.1', port: 0, service, onError: console.error });
  const client = openScheduleClient({ address: server.address });
  const told = await bookAll(clinic, client, again);
  client.close();
  await server.close();
  const query = { doctorId: clinic.doctorId, from: `${DATE}T00:00:00.000Z` };
  const booked = (await clinic.storage.appointments.list(query)).length;
  const figures = [told.booked, told.taken, told.nothing].map((count) => String(count).padStart(8));
  console.log(`${again.padEnd(32)}${String(booked).padStart(6)} |      ${figures.join('')}`);
  if (again === 'again, with a key' && booked !== told.booked) process.exitCode = 1;
}
