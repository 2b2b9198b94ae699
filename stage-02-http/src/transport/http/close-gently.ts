import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { OpenRequests } from './track-requests.ts';

/**
 * Lets a closing server end soon: requests in flight are answered, and each answer tells its client that the
 * connection ends here. Without it, `close()` waits for connections that clients keep open for later; and for those on
 * which no request was ever sent, or half of one, since Node counts only those as idle that had an answer.
 */
export function closeGently(app: FastifyInstance, open: OpenRequests): void {
  let closing = false;
  const connections = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  app.addHook('onRequest', (_request, reply, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
  app.addHook('preClose', async () => {
    closing = true;
    const busy = new Set<Socket>();
    for (const reply of open.keys()) {
      reply.header('connection', 'close');
      busy.add(reply.raw.req.socket);
    }
    for (const socket of connections) if (!busy.has(socket)) socket.destroySoon();
  });
}
