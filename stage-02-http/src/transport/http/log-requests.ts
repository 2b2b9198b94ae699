import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Writes one line a request: no names, no bodies, no values of the query. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply);
    done();
  });
}

export function logRequest({ method, routeOptions, log }: FastifyRequest, reply: FastifyReply): void {
  // The pattern, never the path itself: what people type there is theirs.
  const route = routeOptions?.url ?? 'none';
  log.info(
    { method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 },
    'request',
  );
}
