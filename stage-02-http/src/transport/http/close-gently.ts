import type { FastifyInstance } from 'fastify';
import type { OpenRequests } from './track-requests.ts';

/**
 * Lets a closing server end soon: requests in flight are answered, and each answer tells its client that the
 * connection ends here. Without it, `close()` waits for connections that clients keep open for later.
 */
export function closeGently(app: FastifyInstance, open: OpenRequests): void {
  let closing = false;
  app.addHook('onRequest', (_request, reply, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
  app.addHook('preClose', async () => {
    closing = true;
    for (const reply of open.keys()) reply.header('connection', 'close');
  });
}
