import type { FastifyInstance, FastifyReply } from 'fastify';

/** The requests that are not yet answered to the end, in the order of arrival, each with its time of arrival in ms. */
export type OpenRequests = ReadonlyMap<FastifyReply, number>;

/**
 * Follows each request from its arrival until its connection has the whole answer, or broke off; then calls `ended`.
 * One listener on the response serves the log, the time limit and the closing: Fastify's own `onResponse` hook, and
 * the listeners that it keeps for a logger, cost a small answer a fifth of its time.
 */
export function trackRequests(
  app: FastifyInstance,
  ended: (reply: FastifyReply, ms: number) => void,
): OpenRequests {
  const open = new Map<FastifyReply, number>();
  app.addHook('onRequest', (_request, reply, done) => {
    const arrived = performance.now();
    open.set(reply, arrived);
    reply.raw.once('close', () => {
      open.delete(reply);
      ended(reply, performance.now() - arrived);
    });
    done();
  });
  return open;
}
