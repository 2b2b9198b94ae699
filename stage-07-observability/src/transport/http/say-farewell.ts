import type { FastifyInstance } from 'fastify';

/**
 * Lets clients take their leave before the server closes: from the moment on when it is called, each answer says that
 * its connection ends with it. Who closes a connection that a client keeps for later may do so at the moment in which
 * the client sends its next request on it, and that request is lost. To be called on an app that is not ready.
 */
export function farewell(app: FastifyInstance): () => void {
  let isSaid = false;
  // For what is asked from now on, also where others write the answer.
  app.addHook('onRequest', (_request, reply, done) => {
    if (isSaid) reply.header('connection', 'close');
    done();
  });
  // For what was asked before.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isSaid) reply.header('connection', 'close');
    done();
  });
  return () => {
    isSaid = true;
  };
}
