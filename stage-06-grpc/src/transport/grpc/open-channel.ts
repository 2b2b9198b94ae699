import { AsyncLocalStorage } from 'node:async_hooks';
import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import {
  Client,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  type Interceptor,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { unavailable } from '../../domain/index.ts';
import type { CallOptions } from '../../service/index.ts';
import { errorOf, isNoAnswer } from './errors.ts';
import { ScheduleService } from './generated/medcenter/schedule/v1/schedule_pb.ts';
import { readStream } from './read-stream.ts';
import type { CallMetadata } from './serve-calls.ts';
import { deserializerOf, pathOf, serializerOf } from './service-definition.ts';

export interface ChannelConfig {
  /** `host:port`. */
  readonly address: string;
  /** How long a call may take, and how long a stream may wait for its first message; 2 s when not said. */
  readonly deadlineMs?: number;
  /** Goes along with a call; asked when the call is made. */
  metadata?(): CallMetadata;
  /** Called with an error when the service stops answering, and without one when it answers again. */
  onChange?(error?: Error): void;
  /** Around every call, the first one outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** For grpc-js, over the defaults here. */
  readonly options?: ClientOptions;
}

/** In bytes and milliseconds. */
export const GRPC_CLIENT_OPTIONS = {
  'grpc.max_receive_message_length': 4 * 1024 * 1024,
  'grpc.max_send_message_length': 256 * 1024,
  // A server that stands still keeps its connection: only one that answers pings is there.
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 2_000,
  // A server that is back is found within a second.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // The address is all there is to know: no proxy from the environment, no settings from a name server.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.service_config': JSON.stringify(serviceConfigOf(ScheduleService)),
} as const satisfies ClientOptions;

/**
 * Calls that only read are tried once more, within their deadline, when the server was not there. Which ones they are,
 * the .proto file says. https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 */
function serviceConfigOf({ typeName: service, methods }: DescService): object {
  const reads = methods.filter(
    ({ idempotency }) => idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
  );
  const retryPolicy = {
    maxAttempts: 2,
    initialBackoff: '0.05s',
    maxBackoff: '0.05s',
    backoffMultiplier: 1,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return { methodConfig: [{ name: reads.map(({ name: method }) => ({ service, method })), retryPolicy }] };
}

export type Channel = ReturnType<typeof openChannel>;

/** Calls by the descriptors of protobuf-es over a connection of grpc-js. */
export function openChannel(config: ChannelConfig) {
  const { address, deadlineMs = 2_000, metadata = () => ({}), interceptors = [], options } = config;
  const client = new Client(address, credentials.createInsecure(), {
    ...GRPC_CLIENT_OPTIONS,
    interceptors: [...interceptors],
    ...options,
  });
  const watch = watchAnswers(config.onChange);
  const underway = new Set<{ cancel(): void }>();
  const track = <C extends ClientUnaryCall | ClientReadableStream<unknown>>(call: C): C => {
    underway.add(call);
    call.on('status', () => underway.delete(call)); // The last that a call tells, however it ended.
    return call;
  };

  return {
    /** @throws the service's own DomainError; DomainError `unavailable` when it does not answer in time */
    call<I extends DescMessage, O extends DescMessage>(
      method: DescMethodUnary<I, O>,
      request: MessageInitShape<I>,
      { signal }: CallOptions = {},
    ): Promise<MessageShape<O>> {
      if (signal?.aborted) return Promise.reject(unavailable('the caller has left', signal.reason));
      const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
      const call = client.makeUnaryRequest(
        ...partsOf(method),
        create(method.input, request),
        metadataOf(metadata()),
        { deadline: Date.now() + deadlineMs },
        (error, answer) => {
          signal?.removeEventListener('abort', leave);
          if (error) return reject(watch.failed(error, signal));
          watch.answered();
          resolve(answer as MessageShape<O>);
        },
      );
      const leave = () => call.cancel();
      signal?.addEventListener('abort', leave, { once: true });
      track(call);
      return promise;
    },

    /** The call is made when the first message is wanted, in the name of who asks now. What `read` does not know is left out. */
    stream<I extends DescMessage, O extends DescMessage, T>(
      method: DescMethodServerStreaming<I, O>,
      { request, read }: { request: MessageInitShape<I>; read(message: MessageShape<O>): T | undefined },
      { signal }: CallOptions = {},
    ): AsyncIterable<T> {
      const along = metadataOf(metadata());
      const open = () =>
        track(client.makeServerStreamRequest(...partsOf(method), create(method.input, request), along));
      return readStream(open, { read, firstMs: deadlineMs, signal, ...watch });
    },

    close() {
      for (const call of underway) call.cancel();
      client.close();
    },
  };
}

function partsOf<I extends DescMessage, O extends DescMessage>(method: {
  name: string;
  parent: DescService;
  input: I;
  output: O;
}) {
  return [pathOf(method), serializerOf(method.input), deserializerOf(method.output)] as const;
}

function metadataOf(texts: CallMetadata): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(texts)) metadata.set(name, value);
  return metadata;
}

/** Tells when the service stops answering, and when it answers again: once each. A refusal is an answer. */
function watchAnswers(onChange: ChannelConfig['onChange'] = () => {}) {
  // It is about the service, not about a request: grpc-js calls back in the name of the one that opened the connection.
  const asNobody = AsyncLocalStorage.snapshot();
  let isAway = false;
  const turn = (away: boolean, error?: Error) => {
    if (isAway === away) return;
    isAway = away;
    asNobody(onChange, error);
  };
  return {
    answered: () => turn(false),
    failed(error: ServiceError, signal?: AbortSignal): Error {
      // A caller who leaves learns nothing of the service.
      if (!signal?.aborted) turn(isNoAnswer(error), error);
      return errorOf(error);
    },
  };
}
