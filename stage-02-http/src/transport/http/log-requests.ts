import type { FastifyBaseLogger, FastifyReply } from 'fastify';

/** Writes one line a request: no names, no bodies, no values of the query. */
export function logRequest(
  logger: FastifyBaseLogger,
  { request, statusCode }: FastifyReply,
  ms: number,
): void {
  // The pattern, never the path itself: what people type there is theirs.
  const route = request.routeOptions?.url ?? 'none';
  const { method, id: requestId } = request;
  logger.info({ requestId, method, route, status: statusCode, ms: Math.round(ms * 10) / 10 }, 'request');
}
