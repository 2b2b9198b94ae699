import type { Check } from '../harness.ts';
import type { Desk as DeskBefore } from '../stage-06/check.ts';

export { APPOINTMENTS, CONNECT, DOCTORS, onlyPosix, PATIENTS } from '../stage-06/check.ts';

/** What a check of this stage works with. */
export type Desk = DeskBefore;

export type ApiCheck = Check<Desk>;

type Anchor = 'break-it' | 'the-contract';

export const lesson = (anchor: Anchor) => `stage-07-observability/README.md#${anchor}`;

export const METRICS = '/metrics';
export const READY = '/ready';

/** A server for the checks of this stage alone: what is counted there, nobody else has asked for. */
export const OWN = { SHUTDOWN_DELAY_MS: '0' } as const;

/** A server whose schedule service is elsewhere, at a port of which nobody takes calls. */
export const SCHEDULE_AWAY = { SCHEDULE_ADDRESS: '127.0.0.1:9' } as const;
