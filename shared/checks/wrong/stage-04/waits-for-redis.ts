import { once } from 'node:events';
import { connect } from 'node:net';
import { main, type Wrong } from './base.ts';

/** Asks Redis before each login whether it is there, and waits for what it says. */
export const wrong: Wrong = { caughtBy: 'frozen-redis-opens-no-door-and-holds-nobody-up' };

async function ping(url: URL): Promise<void> {
  const socket = connect(Number(url.port || 6379), url.hostname);
  socket.write('PING\r\n');
  await once(socket, 'data');
  socket.destroy();
}

if (import.meta.main)
  await main({
    throttle: (throttle) => ({
      ...throttle,
      async begin(login) {
        if (process.env.REDIS_URL) await ping(new URL(process.env.REDIS_URL));
        return throttle.begin(login);
      },
    }),
  });
