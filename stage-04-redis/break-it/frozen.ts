// A Redis that is frozen keeps its connections, and says nothing. How long does each question to it take?
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { openRedis } from '../src/cache/index.ts';

const QUESTIONS = 6;
const PATIENCE_MS = 2_000;
const LIMIT_MS = 200;

/** Stands for Redis: says OK to each command. While it is frozen it takes what comes, and answers none of it. */
async function startStandIn() {
  let isFrozen = false;
  const unanswered: Socket[] = [];
  const answerAll = () => {
    for (const socket of unanswered.splice(0)) if (socket.writable) socket.write('+OK\r\n');
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      // A command is an array of strings, and an array begins with a star.
      for (const _ of String(bytes).match(/^\*\d/gm) ?? []) unanswered.push(socket);
      if (!isFrozen) answerAll();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    url: `redis://127.0.0.1:${port}`,
    freeze: () => {
      isFrozen = true;
    },
    thaw: () => {
      isFrozen = false;
      answerAll();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whole tens of milliseconds until an answer or an error came, or how long we had the patience to wait. */
async function timeOf(question: () => Promise<unknown>): Promise<string> {
  const begun = performance.now();
  const answered = question().then(
    () => true,
    () => true,
  );
  const isOver = await Promise.race([answered, sleep(PATIENCE_MS, false, { ref: false })]);
  return isOver ? `${Math.round((performance.now() - begun) / 10) * 10} ms` : `none in ${PATIENCE_MS} ms`;
}

{
  await using server = await startStandIn();
  const client = createClient({ url: server.url }).on('error', () => {});
  await client.connect();
  server.freeze();
  console.log(`the client alone:    ${await timeOf(() => client.get('patient'))}, and it goes on waiting`);
  client.destroy();
}

{
  await using server = await startStandIn();
  const back = Promise.withResolvers<void>();
  const onChange = (error?: unknown) => (error ? undefined : back.resolve());
  const redis = await openRedis({ url: server.url, prefix: '', timeoutMs: LIMIT_MS, onChange });
  const ask = () => redis.ask((client) => client.get('patient'));
  server.freeze();
  const times: string[] = [];
  for (let question = 0; question < QUESTIONS; question++) times.push(await timeOf(ask));
  console.log(`with the breaker:    ${times.join(', ')}`);
  const thawedAt = performance.now();
  server.thaw();
  await back.promise;
  const seconds = (performance.now() - thawedAt) / 1_000;
  console.log(`it answers again:    found out after ${seconds.toFixed(1)} s`);
  await ask();
  await redis.close();
  if (times.at(-1) !== '0 ms') process.exitCode = 1;
}
