import type { TestContext } from 'node:test';
import { type Appointment, notFound, type Schedule } from '../src/domain/index.ts';
import type { ScheduleService } from '../src/service/index.ts';
import {
  type ChannelConfig,
  type FailedCall,
  type GrpcServerOptions,
  openGrpcServer,
  openScheduleClient,
} from '../src/transport/grpc/index.ts';

export const DOCTOR = '01981a3e-0000-7000-8000-000000000001';
export const PATIENT = '01981a3e-0000-7000-8000-000000000002';

export function sampleAppointment(overrides: Partial<Appointment> = {}): Appointment {
  return {
    id: '01981a3e-0000-7000-8000-000000000003',
    patientId: PATIENT,
    doctorId: DOCTOR,
    startsAt: '2091-03-01T09:00:00.000Z',
    endsAt: '2091-03-01T09:30:00.000Z',
    status: 'booked',
    reason: 'сухой кашель',
    version: 1,
    ...overrides,
  };
}

export function sampleSchedule(overrides: Partial<Schedule> = {}): Schedule {
  return {
    doctorId: DOCTOR,
    timeZone: 'Europe/Berlin',
    slotMinutes: 30,
    weekly: [
      { day: 'monday', from: '09:00', to: '13:00' },
      { day: 'sunday', from: '22:00', to: '24:00' },
    ],
    exceptions: [
      { date: '2091-12-24', intervals: [] },
      { date: '2091-12-31', intervals: [{ from: '09:00', to: '11:00' }] },
    ],
    version: 3,
    updatedAt: '2091-01-02T03:04:05.678Z',
    ...overrides,
  };
}

/** A service of one doctor, without a database: what it is asked comes back in what it answers. */
export function createFakeService(overrides: Partial<ScheduleService> = {}): ScheduleService {
  return {
    async getSchedule(doctorId) {
      if (doctorId !== DOCTOR) throw notFound('doctor', doctorId);
      return sampleSchedule();
    },
    putSchedule: async (doctorId, input, { expected } = {}) => ({
      ...input,
      doctorId,
      version: expected ? Math.max(0, ...expected) + 1 : 1,
      updatedAt: '2091-01-02T03:04:05.678Z',
    }),
    availableSlots: async ({ from, to }) => [
      { startsAt: `${from}T09:00:00.000Z`, endsAt: `${to}T09:30:00.000Z` },
    ],
    bookSlot: async ({ endsAt = '2091-03-01T09:30:00.000Z', ...booking }, { idempotencyKey } = {}) =>
      sampleAppointment({ ...booking, endsAt, ...(idempotencyKey && { id: idempotencyKey }) }),
    async *watchDay({ after }) {
      if (after === undefined) yield { kind: 'reset' };
      yield { kind: 'appointment', appointment: sampleAppointment(), position: 'a' };
      yield { kind: 'removed', appointmentId: DOCTOR, position: 'b' };
      yield { kind: 'live', position: after ?? 'c' };
    },
    ...overrides,
  };
}

/** A server of gRPC over a service, and what it logged. */
export async function createServer(
  t: TestContext,
  service: Partial<ScheduleService> = {},
  options: Partial<GrpcServerOptions> = {},
) {
  const failures: { error: unknown; call: FailedCall }[] = [];
  const server = await openGrpcServer({
    host: '127.0.0.1',
    port: 0,
    service: createFakeService(service),
    onError: (error, call) => failures.push({ error, call }),
    shutdownMs: 300,
    ...options,
  });
  t.after(() => server.close());
  return { ...server, failures };
}

export function createGrpcClient(t: TestContext, address: string, options: Partial<ChannelConfig> = {}) {
  const client = openScheduleClient({ address, ...options });
  t.after(() => client.close());
  return client;
}

/** Both ends. */
export async function createPair(
  t: TestContext,
  service: Partial<ScheduleService> = {},
  options: { server?: Partial<GrpcServerOptions>; client?: Partial<ChannelConfig> } = {},
) {
  const server = await createServer(t, service, options.server);
  return { server, client: createGrpcClient(t, server.address, options.client) };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A promise that never settles, until the signal aborts: a service that hangs, and is well behaved. */
export function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
