import { once } from 'node:events';
import { createServer } from 'node:net';
import { Server, ServerCredentials, type ServerInterceptor, type ServerOptions } from '@grpc/grpc-js';
import type { ScheduleService as Service } from '../../service/index.ts';
import { endStreamsOn } from './end-streams.ts';
import { ScheduleService } from './generated/medcenter/schedule/v1/schedule_pb.ts';
import { createScheduleHandlers } from './schedule-handlers.ts';
import { type ServeOptions, serveCalls } from './serve-calls.ts';
import { serviceDefinitionOf } from './service-definition.ts';

export interface GrpcServerOptions extends ServeOptions {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly service: Service;
  /** Around every call, the first one outermost. */
  readonly interceptors?: readonly ServerInterceptor[];
  /** For grpc-js, over the defaults here. */
  readonly options?: ServerOptions;
  /** How long calls in flight may take when the server closes; 5 s when not said. */
  readonly shutdownMs?: number;
}

export interface GrpcServer {
  readonly port: number;
  /** Such as `127.0.0.1:50051`. */
  readonly address: string;
  /** Takes no more calls, ends the streams, and lets the other calls end, up to a limit. */
  close(): Promise<void>;
}

/** In bytes and milliseconds. */
export const GRPC_SERVER_OPTIONS = {
  'grpc.max_receive_message_length': 256 * 1024,
  'grpc.max_send_message_length': 4 * 1024 * 1024,
  // A client whose machine died says nothing: without this, its streams would be kept for ever.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
} as const satisfies ServerOptions;

/** Serves schedules over gRPC, in plain text: who may reach the port may call. With health and reflection. */
export async function openGrpcServer(config: GrpcServerOptions): Promise<GrpcServer> {
  const { host, service, interceptors = [], shutdownMs = 5_000, ...rest } = config;
  const closing = new AbortController();
  const server = new Server({
    ...GRPC_SERVER_OPTIONS,
    ...config.options,
    interceptors: [...interceptors, endStreamsOn(closing.signal)],
  });
  const handlers = createScheduleHandlers(service);
  const implementation = serveCalls(ScheduleService, handlers, { ...rest, closing: closing.signal });
  server.addService(serviceDefinitionOf(ScheduleService), implementation);
  // They bring a large package along, which a process that only calls the service does without.
  const { addHealth, addReflection } = await import('./health-and-reflection.ts');
  const health = addHealth(server, ScheduleService);
  addReflection(server, ScheduleService);

  const port = await bind(server, host, config.port);
  return {
    port,
    address: addressOf(host, port),
    async close() {
      health.endServing();
      closing.abort();
      await shutDown(server, shutdownMs);
    },
  };
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  await tryPort(host, port);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(addressOf(host, port), ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  );
  return promise;
}

/** What grpc-js throws of a port that is taken has no code, and it writes to the console. Node's own error has one. */
async function tryPort(host: string, port: number): Promise<void> {
  const probe = createServer().listen({ host, port });
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}

async function shutDown(server: Server, limitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const limit = setTimeout(() => server.forceShutdown(), limitMs);
  server.tryShutdown(() => resolve());
  await promise;
  clearTimeout(limit);
}

function addressOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
