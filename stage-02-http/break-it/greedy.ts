// Two rude clients. One never stops sending its body. Fifty others begin a request, and never end it.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExperimentServer, openCareful, openNaive } from './servers.ts';

const MEGABYTE = Buffer.alloc(2 ** 20, ' ');
const HEAD = 'POST /api/v1/patients HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

/** Sends 64 MB without having said how much it will be. Answers how many of them got through. */
async function flood({ port }: ExperimentServer): Promise<string> {
  const socket = await open(port);
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), MEGABYTE, Buffer.from('\r\n')]);
  socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  for (let sent = 0; sent < 64; sent++) {
    const arrived = await new Promise((resolve) => socket.write(chunk, (error) => resolve(!error)));
    if (!arrived || received.has(socket)) return `refused with ${statusOf(socket)}`;
  }
  socket.destroy();
  return 'took all 64 MB';
}

/** How many of 50 clients that send half a request still hold their connection after 4 seconds. */
async function hold({ port }: ExperimentServer): Promise<string> {
  const sockets = await Promise.all(Array.from({ length: 50 }, () => open(port)));
  for (const socket of sockets) socket.write(`${HEAD}Content-Length: 100\r\n\r\n{"lastName":`);
  await sleep(4_000);
  const held = sockets.filter((socket) => !socket.closed).length;
  for (const socket of sockets) socket.destroy();
  return `${held} of 50 slow requests still held`;
}

const received = new WeakMap<Socket, string>();

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setEncoding('utf8').on('data', (text: string) => {
    received.set(socket, (received.get(socket) ?? '') + text);
  });
  socket.on('error', () => {}); // The server closes while we send: that is what we look for.
  await once(socket, 'connect');
  return socket;
}

function statusOf(socket: Socket): string {
  return /^HTTP\/1\.1 (\d+)/.exec(received.get(socket) ?? '')?.[1] ?? 'a closed connection';
}

// The limit for a whole request is 10 seconds. Here it is 1, so that you need not wait.
for (const start of [openNaive, () => openCareful({ requestMs: 1_000 })]) {
  await using server = await start();
  console.log(
    `${server.name}: an endless body, ${await flood(server)}; after 4 seconds, ${await hold(server)}`,
  );
}
