import { fileURLToPath } from 'node:url';
import { bySchema, variables as inherited, type Variable } from '@medcenter/stage-05-events/config';

const inData = (name: string) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url));

export const variables = {
  ...inherited,
  SQLITE_FILE: { ...inherited.SQLITE_FILE, fallback: inData('medcenter.db') },
  EVENTS_FILE: { ...inherited.EVENTS_FILE, fallback: inData('events.db') },
  REDIS_PREFIX: { ...inherited.REDIS_PREFIX, fallback: 'medcenter:stage-06:' },
  GRPC_PORT: bySchema(
    { type: 'integer', minimum: 0, maximum: 65_535 },
    { wants: 'a port from 1 to 65535 for gRPC, or 0 for any that is free', fallback: 50_051 },
  ),
  SCHEDULE_ADDRESS: {
    wants: 'host:port of a schedule service elsewhere, such as 127.0.0.1:50051',
    fallback: undefined,
    parse: parseAddress,
  } satisfies Variable<string | undefined>,
  SCHEDULE_DEADLINE_MS: bySchema(
    { type: 'integer', minimum: 50, maximum: 4_500 },
    { wants: '50 to 4500 milliseconds to wait for the schedule service', fallback: 2_000 },
  ),
};

/** `host:port`; an address of IPv6 is in brackets, as in a URL. */
function parseAddress(held: string): string | undefined {
  const [, port] = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(held) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535 ? held : undefined;
}
