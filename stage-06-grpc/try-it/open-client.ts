import { readConfig, readEnvironment, variables } from '../src/config/index.ts';
import { openScheduleClient, type ScheduleClient } from '../src/transport/grpc/index.ts';

/** Where the schedule service of `npm run stage:6` is: at SCHEDULE_ADDRESS, or else on GRPC_PORT of this machine. */
export function ownAddress(): string {
  const config = readConfig(variables, readEnvironment(new URL('../.env', import.meta.url)));
  return config.SCHEDULE_ADDRESS ?? `127.0.0.1:${config.GRPC_PORT}`;
}

/** A client of it, as the API has one. It is to be closed. */
export function openOwnClient(): ScheduleClient {
  return openScheduleClient({ address: ownAddress(), deadlineMs: 5_000 });
}
