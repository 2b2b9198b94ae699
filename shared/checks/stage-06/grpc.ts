import { join } from 'node:path';
import {
  type ClientReadableStream,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type Metadata,
  type ServiceClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { describeText } from '../text.ts';
import { quoteWord } from '../words.ts';
import { isRecord, type JsonRecord, type Slot } from './expectations.ts';

export const SERVICE = 'medcenter.schedule.v1.ScheduleService';

/** A slow machine takes its time; nobody waits for ever. */
const DEADLINE = 15_000;

const protos = ['contract', 'health', 'reflection', 'status'];
const definition: PackageDefinition = loadSync(
  protos.map((name) => join(import.meta.dirname, `${name}.proto`)),
  { enums: String, longs: Number, oneofs: true },
);
const loaded = loadPackageDefinition(definition);

/** How a call ended. */
export interface Answer extends Exchange {
  /** The name of its status: `OK`, `NOT_FOUND`. */
  status: string;
  /** What it answered, or an empty record. */
  message: JsonRecord;
  /** The fields that a BadRequest in its details names. */
  violations: string[];
}

export interface CallOptions {
  /** In milliseconds. */
  deadline?: number;
}

/** A stream that is being read. */
export interface Watched {
  /** What came until now, the event of each message by its kind. */
  events: readonly DayEvent[];
  /** Waits until this holds of what came, or the stream has ended. */
  until(what: string, holds: (events: readonly DayEvent[]) => boolean, within?: number): Promise<void>;
  /** How it ended: its status. */
  ended: Promise<string>;
  leave(): void;
  exchange(): Exchange;
}

export interface DayEvent {
  kind: string;
  appointment: JsonRecord;
  position: string;
  removed: string;
}

export interface Grpc {
  call(method: 'GetAvailableSlots' | 'BookSlot', request: JsonRecord, options?: CallOptions): Promise<Answer>;
  watch(request: JsonRecord): Watched;
  /** The status that the health service tells of a service. */
  health(service: string): Promise<Answer>;
  /** The names of all services, by reflection. */
  services(): Promise<{ names: string[]; exchange: Exchange }>;
}

/** A client of the schedule service on this port of this machine; the story tells how to call it in a shell. */
export function openGrpc(stack: AsyncDisposableStack, port: number, api: Client): Grpc {
  const open = (service: string) => {
    const client = new (constructorOf(service))(`127.0.0.1:${port}`, credentials.createInsecure());
    stack.defer(() => client.close());
    return client;
  };
  const schedules = open(SERVICE);
  const told = (method: string, request: JsonRecord) => {
    const body = JSON.stringify(request, (_name, value) => (isTimestamp(value) ? instantOf(value) : value));
    const line = `buf curl --protocol grpc --http2-prior-knowledge -d ${quoteWord(body)}`;
    api.note(`${line} http://127.0.0.1:${port}/${method}`, true);
    return `${method}\n${body}`;
  };
  const unary = async (
    client: typeof schedules,
    method: string,
    request: JsonRecord,
    options: CallOptions = {},
  ) => {
    const sent = told(method, request);
    const { deadline = DEADLINE } = options;
    const { promise, resolve } = Promise.withResolvers<Omit<Answer, keyof Exchange>>();
    const name = method.split('/').at(-1) ?? '';
    const ask = client[name]?.bind(client);
    if (!ask) throw new Error(`the proto knows no ${method}`);
    ask(request, { deadline: Date.now() + deadline }, (error: ServiceError | null, message?: JsonRecord) =>
      resolve(error ? failed(error) : { status: 'OK', message: message ?? {}, violations: [] }),
    );
    const answer = await promise;
    return { ...answer, ...api.exchange(sent, describe(answer)) };
  };
  return {
    call: (method, request, options) => unary(schedules, `${SERVICE}/${method}`, request, options),
    health: (service) => unary(open('grpc.health.v1.Health'), 'grpc.health.v1.Health/Check', { service }),
    services: () => listServices(open('grpc.reflection.v1.ServerReflection'), api),
    watch(request) {
      const sent = told(`${SERVICE}/StreamDailyAppointments`, request);
      const stream: ClientReadableStream<JsonRecord> = schedules.StreamDailyAppointments?.(request);
      stack.defer(() => stream.cancel());
      return watched(stream, (received) => api.exchange(sent, received));
    },
  };
}

function constructorOf(service: string): ServiceClientConstructor {
  const found = service
    .split('.')
    .reduce<GrpcObject | ServiceClientConstructor | undefined>(
      (place, name) => (place as GrpcObject | undefined)?.[name] as GrpcObject | undefined,
      loaded,
    );
  return found as ServiceClientConstructor;
}

function failed({ code, details, metadata }: ServiceError): Omit<Answer, keyof Exchange> {
  return { status: status[code] ?? String(code), message: { details }, violations: violationsIn(metadata) };
}

function violationsIn(metadata: Metadata | undefined): string[] {
  const [bytes] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(bytes)) return [];
  const { details = [] } = decode('google.rpc.Status', bytes) as {
    details?: { type_url?: string; typeUrl?: string; value: Buffer }[];
  };
  return details
    .filter(({ typeUrl }) => typeUrl?.endsWith('google.rpc.BadRequest'))
    .flatMap(({ value }) => {
      const { fieldViolations = [] } = decode('google.rpc.BadRequest', value) as {
        fieldViolations?: { field?: string }[];
      };
      return fieldViolations.map(({ field = '' }) => field);
    });
}

function decode(name: string, bytes: Buffer): object {
  try {
    return (definition[name] as MessageTypeDefinition<object, object>).deserialize(bytes);
  } catch {
    return {}; // Somebody else's details: then there are none to be seen.
  }
}

function describe({ status: name, message, violations }: Omit<Answer, keyof Exchange>): string {
  const named = violations.length > 0 ? `\nfield violations: ${violations.join(', ')}` : '';
  return `${name}\n${describeText('message', JSON.stringify(message))}${named}`;
}

function watched(
  stream: ClientReadableStream<JsonRecord>,
  exchangeOf: (received: string) => Exchange,
): Watched {
  const events: DayEvent[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  let isOver = '';
  let wake = Promise.withResolvers<void>();
  const ring = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const finish = (how: string) => {
    isOver ||= how;
    end(isOver);
    ring();
  };
  stream.on('data', (message: JsonRecord) => {
    events.push(eventOf(message));
    ring();
  });
  stream.on('error', (error: ServiceError) => finish(status[error.code] ?? String(error.code)));
  stream.on('end', () => finish('OK'));
  const exchange = () => {
    const lines = events.map((event) => JSON.stringify(event));
    return exchangeOf(describeText(`the stream, ${isOver || 'still open'}`, lines.join('\n')));
  };
  return {
    events,
    ended,
    exchange,
    leave: () => stream.cancel(),
    async until(what, holds, within = DEADLINE) {
      const late = AbortSignal.timeout(within);
      const over = Promise.withResolvers<void>();
      late.addEventListener('abort', () => over.resolve());
      while (!holds(events) && !isOver && !late.aborted) await Promise.race([wake.promise, over.promise]);
      expect(holds(events), `${what} within ${within / 1000} s`, exchange());
    },
  };
}

function eventOf(message: JsonRecord): DayEvent {
  const kind = typeof message.event === 'string' ? message.event : 'unknown';
  const inside = isRecord(message[kind]) ? message[kind] : {};
  return {
    kind,
    appointment: isRecord(inside.appointment) ? inside.appointment : {},
    position: String(inside.position ?? ''),
    removed: String(inside.appointmentId ?? ''),
  };
}

async function listServices(client: InstanceType<ServiceClientConstructor>, api: Client) {
  const stream = client.ServerReflectionInfo?.({ deadline: Date.now() + DEADLINE });
  const { promise, resolve } = Promise.withResolvers<string[]>();
  let heard = '';
  stream.on('data', (message: JsonRecord) => {
    heard = JSON.stringify(message);
    const list = isRecord(message.listServicesResponse) ? message.listServicesResponse.service : [];
    resolve(Array.isArray(list) ? list.filter(isRecord).map(({ name }) => String(name)) : []);
  });
  stream.on('error', (error: ServiceError) => {
    heard ||= `${status[error.code]}: ${error.details}`;
    resolve([]);
  });
  stream.write({ listServices: '' });
  const names = await promise;
  stream.end();
  return { names, exchange: api.exchange('grpc.reflection.v1.ServerReflection: list_services', heard) };
}

/** A Timestamp, as the proto has it. */
export function timestampOf(instant: string): JsonRecord {
  const milliseconds = Date.parse(instant);
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1e6 };
}

const isTimestamp = (value: unknown) => isRecord(value) && 'seconds' in value && 'nanos' in value;

export function instantOf(timestamp: unknown): string {
  const { seconds = 0, nanos = 0 } = isRecord(timestamp) ? timestamp : {};
  return new Date(Number(seconds) * 1000 + Number(nanos) / 1e6).toISOString();
}

export function expectStatusOf(answer: Answer, ...names: string[]): void {
  expect(names.includes(answer.status), `the status ${names.join(' or ')}`, answer);
}

/** Each of these fields has a violation; whether it is written from_date or fromDate is nobody's trouble. */
export function expectViolations(answer: Answer, fields: readonly string[]): void {
  expectStatusOf(answer, 'INVALID_ARGUMENT');
  const told = answer.violations.map(simple);
  for (const field of fields)
    expect(told.includes(simple(field)), `a BadRequest with a field violation of ${field}`, answer);
}

const simple = (field: string) => field.replaceAll('_', '').toLowerCase();

/** The slots in an answer. */
export function slotsIn(answer: Answer): Slot[] {
  expectStatusOf(answer, 'OK');
  const { slots } = answer.message;
  const list = Array.isArray(slots) ? slots.filter(isRecord) : [];
  return list.map(({ startsAt, endsAt }) => ({ startsAt: instantOf(startsAt), endsAt: instantOf(endsAt) }));
}
