import type { FastifyInstance } from 'fastify';
import type { ConnectDoorOptions } from './connect-door.ts';

/**
 * Serves the same methods on the HTTP port by Connect's protocol (JSON or bytes) and gRPC-Web: for curl and for browsers.
 * To be called on an app that is not ready, after the hooks that ask who calls.
 */
export async function addConnectDoor(app: FastifyInstance, options: ConnectDoorOptions): Promise<void> {
  // A large package: the process that serves gRPC alone does not wait for it to be read.
  const { serveConnect } = await import('./connect-door.ts');
  serveConnect(app, options);
}
