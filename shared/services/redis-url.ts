import { askSocket, type Reply } from './resp.ts';

export interface RedisAddress {
  readonly port: number;
  readonly password: string;
}

/** The address of a server on this machine, and of its database 0. */
export function redisUrl({ port, password }: RedisAddress): string {
  return `redis://default:${encodeURIComponent(password)}@127.0.0.1:${port}/0`;
}

/**
 * Commands over a connection of its own, and their replies. The first one that fails throws, with its word as `code`,
 * such as `NOAUTH`. Neither a dead server nor a frozen one keeps it for long.
 */
export async function askRedis(
  url: string,
  commands: readonly (readonly string[])[],
  timeoutMs = 5000,
): Promise<Reply[]> {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  if (protocol !== 'redis:') throw new Error(`An address of Redis begins with redis:, not with ${protocol}`);
  const database = pathname.slice(1);
  const opening = [
    ...(password ? [['AUTH', ...(username ? [username] : []), decodeURIComponent(password)]] : []),
    ...(database ? [['SELECT', database]] : []),
  ];
  const replies = await askSocket({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    commands: [...opening, ...commands],
    timeoutMs,
  });
  return replies.slice(opening.length);
}
