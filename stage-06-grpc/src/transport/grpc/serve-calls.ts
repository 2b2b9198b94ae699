import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { DescMethod, DescService, Message } from '@bufbuild/protobuf';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { CallOptions } from '../../service/index.ts';
import { isRefusal, serviceErrorOf } from './errors.ts';
import { pathOf } from './service-definition.ts';

/** What came with a call, besides its request. */
export type CallMetadata = Readonly<Record<string, string>>;

/** Of which call an error tells. */
export interface FailedCall {
  readonly requestId: string;
  /** Such as `/medcenter.schedule.v1.ScheduleService/BookSlot`. */
  readonly method: string;
}

/** Who makes a call, and which. */
export interface Caller {
  /** Such as `/medcenter.schedule.v1.ScheduleService/BookSlot`. */
  readonly method: string;
  readonly metadata: CallMetadata;
  /** Aborts when they have left, or their time is over. */
  readonly signal: AbortSignal;
}

export interface ServeOptions {
  /** Runs the work of a call; the composition root lets it know for whom. */
  runAs?<T>(caller: Caller, work: () => T): T;
  /** An error that is no refusal: the client is told nothing of it. Called once for each. */
  onError(error: unknown, call: FailedCall): void;
}

interface Serving extends Required<ServeOptions> {
  readonly method: string;
  /** Aborts when the server ends. */
  readonly closing: AbortSignal;
}

/** What both doors serve, whatever the service: a message or many for a message. */
export type Handlers = Readonly<
  Record<string, (request: never, options: CallOptions) => Promise<Message> | AsyncIterable<Message>>
>;

/** Handlers over messages as grpc-js wants them. */
export function serveCalls(
  service: DescService,
  handlers: Handlers,
  { runAs = (_caller, work) => work(), onError, closing }: ServeOptions & { closing: AbortSignal },
): UntypedServiceImplementation {
  const serve = (method: DescMethod) => {
    const handle = handlers[method.localName];
    if (!handle) throw new Error(`nothing serves ${method.name}`);
    const serving = { runAs, onError, closing, method: pathOf(method) };
    const isStream = method.methodKind === 'server_streaming';
    return isStream ? streaming(handle as StreamHandler, serving) : unary(handle as UnaryHandler, serving);
  };
  return Object.fromEntries(service.methods.map((method) => [method.localName, serve(method)]));
}

type UnaryHandler = (request: Message, options: CallOptions) => Promise<Message>;
type StreamHandler = (request: Message, options: CallOptions) => AsyncIterable<Message>;

function unary(handle: UnaryHandler, serving: Serving): handleUnaryCall<Message, Message> {
  return async (call, answer) => {
    const metadata = textsOf(call.metadata);
    const signal = leaving(call);
    try {
      answer(
        null,
        await serving.runAs({ method: serving.method, metadata, signal }, () =>
          handle(call.request, { signal }),
        ),
      );
    } catch (error) {
      answer(signal.aborted ? { code: status.CANCELLED } : refuse(error, metadata, serving));
    }
  };
}

function streaming(handle: StreamHandler, serving: Serving): handleServerStreamingCall<Message, Message> {
  return async (call) => {
    const metadata = textsOf(call.metadata);
    const signal = AbortSignal.any([leaving(call), serving.closing]);
    try {
      // All of it inside, so that each message is made by the one who asked.
      await serving.runAs({ method: serving.method, metadata, signal }, async () => {
        for await (const message of handle(call.request, { signal })) {
          if (signal.aborted) return;
          // The client reads more slowly than we write: wait, and keep nothing for it.
          if (!call.write(message)) await once(call, 'drain', { signal });
        }
      });
      if (!signal.aborted) call.end();
    } catch (error) {
      // Who left is told nothing; when the server ends, it tells all streams itself.
      if (!signal.aborted) call.emit('error', refuse(error, metadata, serving));
    }
  };
}

/** A signal that aborts when the client cancels, is gone, or its deadline is over. */
function leaving(call: { on(event: 'cancelled', listener: () => void): unknown }): AbortSignal {
  const left = new AbortController();
  call.on('cancelled', () => left.abort());
  return left.signal;
}

function refuse(error: unknown, metadata: CallMetadata, { method, onError }: Serving) {
  const requestId = metadata['x-request-id'] ?? randomUUID();
  if (!isRefusal(error)) onError(error, { requestId, method });
  return serviceErrorOf(error);
}

function textsOf(metadata: Metadata): CallMetadata {
  const texts = Object.entries(metadata.getMap()).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Record<string, string>;
}
