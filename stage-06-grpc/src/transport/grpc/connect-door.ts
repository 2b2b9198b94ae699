import { AsyncLocalStorage } from 'node:async_hooks';
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect';
import { codeToHttpStatus, errorToJson } from '@connectrpc/connect/protocol-connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type CallOptions, type ScheduleService as Service, whileAllowed } from '../../service/index.ts';
import { isRefusal, statusOf } from './errors.ts';
import { ScheduleService } from './generated/medcenter/schedule/v1/schedule_pb.ts';
import { createScheduleHandlers, type ScheduleHandlers } from './schedule-handlers.ts';
import type { FailedCall } from './serve-calls.ts';
import { pathOf } from './service-definition.ts';

export interface ConnectDoorOptions {
  readonly service: Service;
  /** Fails when who asked may not have the answer any more: a stream can be older than a session. */
  stillAllowed?(request: FastifyRequest): Promise<unknown>;
  /** So often that is asked; 15 s when not said. */
  readonly checkMs?: number;
  /** An error that is no refusal: the client is told nothing of it. Called once for each. */
  onError(error: unknown, call: FailedCall): void;
}

const READ_MAX_BYTES = 64 * 1024;
/** Who does not read hears of no end: after this time the connection is cut. */
const LAST_WORDS_MS = 1_000;

/** See `addConnectDoor`. */
export function serveConnect(app: FastifyInstance, options: ConnectDoorOptions): void {
  const { service, onError, stillAllowed = async () => {}, checkMs = 15_000 } = options;
  const closing = new AbortController();
  /** Aborts when who calls may hear no more. */
  const current = new AsyncLocalStorage<AbortSignal>();
  const answer = connectNodeAdapter({
    routes: routesOf(createScheduleHandlers(service), { onError, closing: closing.signal, current }),
    grpc: false, // Wants HTTP/2; it has a port of its own.
    readMaxBytes: READ_MAX_BYTES,
    shutdownSignal: closing.signal,
  });

  app.register(async (door) => {
    // The adapter reads the body itself, whatever it is.
    door.removeAllContentTypeParsers();
    door.addContentTypeParser('*', (_request, _body, done) => done(null));
    door.setErrorHandler<FastifyError>((error, request, reply) =>
      answerRefusal(error, request, reply, onError),
    );
    door.addHook('preClose', async () => closing.abort());
    for (const method of ScheduleService.methods) {
      const isStream = method.methodKind === 'server_streaming';
      door.post(pathOf(method), { schema: { hide: true } }, async (request, reply) => {
        handOver(request, reply, isStream);
        const serve = () => answer(request.raw, reply.raw);
        if (!isStream) return serve();
        const check = { check: () => stillAllowed(request), everyMs: checkMs };
        current.run(whileOpen(reply, check, closing.signal), serve);
      });
    }
  });
}

/** From here on the answer is the adapter's. What hooks have put on it by now goes along. */
function handOver(request: FastifyRequest, reply: FastifyReply, isStream: boolean): void {
  request.raw.headers['x-request-id'] = request.id; // The handlers name it when something goes wrong.
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  // The end of a stream may come after a closing server looked for connections that are idle.
  if (isStream) reply.raw.setHeader('connection', 'close');
  reply.hijack();
}

/** Aborts when the client of a stream may hear no more. By then, and when the server ends, the stream is soon cut. */
function whileOpen(
  { raw }: FastifyReply,
  { check, everyMs }: { check(): Promise<unknown>; readonly everyMs: number },
  closing: AbortSignal,
): AbortSignal {
  const over = new AbortController();
  raw.once('close', () => over.abort());
  const allowed = whileAllowed(check, { everyMs, until: over.signal });
  const cut = () => setTimeout(() => raw.destroy(), LAST_WORDS_MS).unref();
  for (const end of [allowed, closing]) end.addEventListener('abort', cut, { signal: over.signal });
  return allowed;
}

interface Serving {
  onError: ConnectDoorOptions['onError'];
  readonly closing: AbortSignal;
  readonly current: AsyncLocalStorage<AbortSignal>;
}

function routesOf(handlers: ScheduleHandlers, serving: Serving) {
  return (router: ConnectRouter): void => {
    router.service(ScheduleService, {
      getSchedule: unary(handlers.getSchedule, serving),
      putSchedule: unary(handlers.putSchedule, serving),
      getAvailableSlots: unary(handlers.getAvailableSlots, serving),
      bookSlot: unary(handlers.bookSlot, serving),
      streamDailyAppointments: streaming(handlers.streamDailyAppointments, serving),
    });
  };
}

function unary<I, O>(handle: (request: I, options: CallOptions) => Promise<O>, { onError }: Serving) {
  return async (request: I, context: HandlerContext): Promise<O> => {
    try {
      return await handle(request, context);
    } catch (error) {
      throw refuse(error, context, onError);
    }
  };
}

function streaming<I, O>(
  handle: (request: I, options: CallOptions) => AsyncIterable<O>,
  { onError, closing, current }: Serving,
) {
  return async function* (request: I, context: HandlerContext): AsyncGenerator<O> {
    const allowed = current.getStore() ?? context.signal;
    try {
      yield* handle(request, { signal: AbortSignal.any([context.signal, allowed]) });
    } catch (error) {
      if (!closing.aborted) throw refuse(error, context, onError);
    }
    if (closing.aborted) throw new ConnectError('the server ends: call again', Code.Unavailable);
  };
}

function refuse(
  error: unknown,
  { signal, method, requestHeader }: HandlerContext,
  onError: Serving['onError'],
): ConnectError {
  if (signal.reason instanceof ConnectError) return signal.reason; // The time is over that the caller gave.
  const requestId = requestHeader.get('x-request-id') ?? '';
  // Who has left hears nothing, and what was broken off by that is no failure.
  if (!signal.aborted && !isRefusal(error)) onError(error, { requestId, method: pathOf(method) });
  return connectErrorOf(error);
}

/** A refusal of the domain in Connect's words: the same codes, texts and details as over gRPC. */
function connectErrorOf(error: unknown): ConnectError {
  const { code, message, details } = statusOf(error);
  const told = new ConnectError(message, code);
  if (told.code === Code.Unavailable) told.metadata.set('retry-after', '1');
  told.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ''), value }));
  return told;
}

/** Answers what was refused before the adapter had the request: nobody has signed in, or it may not be. */
function answerRefusal(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  onError: Serving['onError'],
): void {
  const isBadRequest = error.statusCode !== undefined && error.statusCode < 500;
  if (!isRefusal(error) && !isBadRequest) {
    onError(error, { requestId: request.id, method: request.routeOptions.url ?? '' });
  }
  const told =
    isBadRequest && !isRefusal(error)
      ? new ConnectError(error.message, Code.InvalidArgument)
      : connectErrorOf(error);
  reply
    .code(codeToHttpStatus(told.code))
    .type('application/json')
    .send(JSON.stringify(errorToJson(told, {})));
}
