import { once } from 'node:events';
import { createServer } from 'node:net';
import { openProbe } from '../doctor/probe.mjs';
import { ROOT } from '../stages.ts';

export const { isPortFree } = openProbe(ROOT);

/** The first of these ports of 127.0.0.1 that nobody holds, or else any that is free. */
export async function findFreePort(preferred: readonly number[] = []): Promise<number> {
  for (const port of preferred) if (await isPortFree(port)) return port;
  const server = createServer().listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system names no free port.');
  return address.port;
}
