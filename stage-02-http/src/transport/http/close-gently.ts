import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Lets a closing server end soon: requests in flight are answered, and each answer tells its client that the
 * connection ends here. Without it, `close()` waits for connections that clients keep open for later.
 * (It watches the open requests, since a hook at each sending would cost every request more than this.)
 */
export function closeGently(app: FastifyInstance): void {
  const open = new Set<FastifyReply>();
  let closing = false;
  app.addHook('onRequest', (_request, reply, done) => {
    if (closing) reply.header('connection', 'close');
    else open.add(reply);
    done();
  });
  app.addHook('onResponse', (_request, reply, done) => {
    open.delete(reply);
    done();
  });
  app.addHook('preClose', async () => {
    closing = true;
    for (const reply of open) reply.header('connection', 'close');
  });
}
