import type { Check } from '../harness.ts';
import type { Desk as DeskBefore } from '../stage-05/check.ts';

export { APPOINTMENTS, DOCTORS, onlyPosix, PATIENTS, STATISTICS } from '../stage-05/check.ts';

/** What a check of this stage works with. */
export type Desk = DeskBefore;

export type ApiCheck = Check<Desk>;

type Anchor = 'break-it' | 'the-contract';

export const lesson = (anchor: Anchor) => `stage-06-grpc/README.md#${anchor}`;

/** The door for curl and browsers, on the HTTP port. */
export const CONNECT = '/medcenter.schedule.v1.ScheduleService';
