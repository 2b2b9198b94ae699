import { problems } from '@medcenter/stage-05-events/transport/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unavailable } from '../../domain/index.ts';
import { dayStreamQuerySchema } from '../../schema/index.ts';
import { type DayEvent, type ScheduleService, whileAllowed } from '../../service/index.ts';
import { type ServerSentEvent, sendEvents } from './event-stream.ts';
import { refuseQuery } from './schedule-routes.ts';

export interface DayStreamRouteOptions {
  readonly schedules: Pick<ScheduleService, 'watchDay'>;
  /** Fails when who asked may not have the answer any more: a stream can be older than a session. */
  stillAllowed?(request: FastifyRequest): Promise<unknown>;
  /** Told what broke a stream off: there is nobody else to be told. */
  onTrouble?(error: unknown, request: FastifyRequest): void;
  readonly heartbeatMs?: number;
  readonly retryMs?: number;
}

const lastEventIdHeader = {
  type: 'object',
  properties: {
    'Last-Event-ID': {
      type: 'string',
      description:
        'The id of the last event that the client has: what happened since then is sent. A browser sends it by itself.',
    },
  },
};

const DESCRIPTION =
  'Events: `appointment` (one of the day, as it is now), `removed` (it has another day now), `live` (all was told; ' +
  'from here on: changes), `reset` (forget all that was told: the whole day follows). The data are JSON.';

/** `/doctors/:id/appointments/stream`: a day of a doctor, and its changes until the client leaves. */
export async function dayStreamRoutes(app: FastifyInstance, options: DayStreamRouteOptions): Promise<void> {
  const { schedules, stillAllowed = async () => {}, onTrouble = () => {} } = options;
  const { heartbeatMs = 15_000, retryMs = 2_000 } = options;
  const closing = new AbortController();
  // Else the server would wait for streams that have no end.
  app.addHook('preClose', async () => closing.abort());

  const schema = {
    tags: ['schedules'],
    summary: "A doctor's appointments of a day, and each change, as server-sent events",
    description: DESCRIPTION,
    headers: lastEventIdHeader,
    querystring: dayStreamQuerySchema,
    response: {
      200: {
        description: 'Events, until the client leaves.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      ...problems(400, 404, 503),
    },
  };
  app.get<{ Params: { id: string }; Querystring: { date: string } }>(
    '/doctors/:id/appointments/stream',
    { schema, exposeHeadRoute: false },
    async (request, reply) => {
      const leaving = new AbortController();
      reply.raw.once('close', () => leaving.abort());
      const until = leaving.signal;
      const allowed = whileAllowed(() => stillAllowed(request), { everyMs: heartbeatMs, until });
      const signal = AbortSignal.any([leaving.signal, closing.signal, allowed]);
      const after = request.headers['last-event-id'];
      const query = { doctorId: request.params.id, date: request.query.date, watch: true };
      const day = schedules.watchDay({ ...query, ...(after && { after: String(after) }) }, { signal });
      const events = day[Symbol.asyncIterator]();
      try {
        // Until the first event is there, what goes wrong can be told by a status.
        const first = await events.next().catch(refuseQuery);
        await sendEvents(reply, toServerSentEvents(first, events), { heartbeatMs, retryMs, signal });
      } catch (error) {
        if (leaving.signal.aborted) return void reply.hijack();
        if (!reply.sent) throw closing.signal.aborted ? unavailable('the server ends: come again') : error;
        if (!closing.signal.aborted && !allowed.aborted) onTrouble(error, request);
      } finally {
        leaving.abort();
      }
    },
  );
}

async function* toServerSentEvents(
  first: IteratorResult<DayEvent>,
  rest: AsyncIterator<DayEvent>,
): AsyncGenerator<ServerSentEvent, void> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield toServerSentEvent(next.value);
  } finally {
    await rest.return?.();
  }
}

function toServerSentEvent(event: DayEvent): ServerSentEvent {
  switch (event.kind) {
    case 'reset':
      return { event: 'reset', data: {} };
    case 'appointment':
      return { event: 'appointment', id: event.position, data: event.appointment };
    case 'removed':
      return { event: 'removed', id: event.position, data: { appointmentId: event.appointmentId } };
    case 'live':
      return { event: 'live', id: event.position, data: {} };
  }
}
