import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** A way to a server that takes its time: each answer comes so much later. Answers the URL of the way. */
export async function startSlowProxy(t: TestContext, url: string, delayMs: number): Promise<string> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => client.destroy() && server.destroy());
    }
    client.pipe(server);
    server.on('data', (answer) => void sleep(delayMs).then(() => client.write(answer)));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const way = new URL(url);
  way.port = String((proxy.address() as { port: number }).port);
  return way.href;
}

/** A way to a server that can fall silent: then the connections of before stay open, and nothing comes any more. */
export async function startMutableProxy(t: TestContext, url: string): Promise<{ url: string; mute(): void }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) sockets.add(socket.on('error', () => {}));
    client.pipe(server).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const way = new URL(url);
  way.port = String((proxy.address() as { port: number }).port);
  return {
    url: way.href,
    mute() {
      for (const socket of sockets) socket.unpipe().resume();
    },
  };
}
