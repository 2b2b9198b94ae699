import { openLocalRedis } from './local-redis.ts';
import { askRedis, redisUrl } from './redis-url.ts';
import type { Service } from './service.ts';
import { ServiceError } from './service-error.ts';

export const redis: Service = {
  name: 'redis',
  title: 'Redis',
  ports: [6379, 6380, 6381, 6382],
  openLocal(options) {
    const server = openLocalRedis(options);
    return {
      ...server,
      place: server.dataFolder,
      start: (ports) => server.start(ports, { detached: true }),
      log: async (lines) => server.log(lines),
    };
  },
  async ask(address) {
    await askRedis(redisUrl(address), [['PING']]).catch((error: { code?: string }) => {
      throw error.code === 'WRONGPASS' ? wrongPassword(address.port) : error;
    });
  },
  /** The stages share one database, as they would share a cluster, which has only one: each has a prefix of its own. */
  async provide() {},
  variables: (address) => ({ REDIS_URL: redisUrl(address) }),
};

function wrongPassword(port: number): ServiceError {
  return new ServiceError(
    `Redis on 127.0.0.1:${port} does not take the password in .services/redis.json: it was started with another one.
Its data do not know it: npm run services -- restart redis`,
  );
}
