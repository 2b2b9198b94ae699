import { join } from 'node:path';
import { ROOT } from '../stages.ts';
import type { Suite } from './harness.ts';
import { suite as ofStage5, prepareDesk } from './stage-05.ts';
import { bookings } from './stage-06/bookings.ts';
import type { Desk } from './stage-06/check.ts';
import { clocks } from './stage-06/clocks.ts';
import { connectDoor } from './stage-06/connect-door.ts';
import { outages } from './stage-06/outages.ts';
import { overGrpc } from './stage-06/over-grpc.ts';
import { schedules } from './stage-06/schedules.ts';
import { slots } from './stage-06/slots.ts';
import { streams } from './stage-06/streams.ts';

const reference = [process.execPath, join(ROOT, 'stage-06-grpc', 'src', 'main.ts')];

/** The checks of this stage alone. */
export const ownChecks = [
  ...schedules,
  ...slots,
  ...clocks,
  ...bookings,
  ...overGrpc,
  ...streams,
  ...connectDoor,
  ...outages,
];

/**
 * Stage 6: doctors' schedules, and their free slots, by a service of its own behind gRPC. The doctors of the earlier
 * checks have no schedules and are booked as before, so all of those checks come first, as they are. Each server
 * has a port for gRPC beside its own.
 */
export const suite: Suite<Desk> = {
  title: 'Stage 6, schedules and slots over gRPC',
  reference,
  serves: true,
  signsIn: true,
  checks: [...ofStage5.checks, ...ownChecks],
  prepare: (subject, stack) => prepareDesk(subject, stack, { reference, settings: { GRPC_PORT: '0' } }),
};
