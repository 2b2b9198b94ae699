import type { Appointment } from '@medcenter/stage-06-grpc/domain';
import type { ScheduleService } from '@medcenter/stage-06-grpc/service';
import { openGrpcServer } from '@medcenter/stage-06-grpc/transport/grpc';
import { report } from './report.ts';

// Stage 6's gRPC server over a service that has its appointments in memory: one for each call, or so many in a stream.
const count = Number(process.argv[2]);
const id = '01981a3e-6c00-7000-8000-9b1c0d2e3f40';
const appointment: Appointment = {
  id,
  patientId: id,
  doctorId: id,
  startsAt: '2091-03-05T09:00:00.000Z',
  endsAt: '2091-03-05T09:30:00.000Z',
  status: 'booked',
  version: 1,
};
const service: Pick<ScheduleService, 'bookSlot' | 'watchDay'> = {
  bookSlot: async () => appointment,
  async *watchDay() {
    for (let told = 0; told < count; told++) yield { kind: 'appointment', appointment, position: 'snapshot' };
  },
};
const server = await openGrpcServer({
  host: '127.0.0.1',
  port: 0,
  service: service as ScheduleService, // The others are not called.
  onError: console.error,
});
report(`http://${server.address}`);
