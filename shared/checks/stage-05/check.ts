import type { Client } from '../client.ts';
import type { Check } from '../harness.ts';
import type { Program } from '../program.ts';
import type { Settings } from '../server.ts';
import type { Desk as DeskBefore } from '../stage-04/check.ts';
import type { Topics } from './topics.ts';

export { APPOINTMENTS, DOCTORS, onlyPosix, PATIENTS, SQLITE_FILE } from '../stage-04/check.ts';

/** What a check of this stage works with. */
export interface Desk extends DeskBefore {
  /** What a command is told that works on the data of this program. */
  settingsFor(program: Program, settings?: Readonly<Record<string, string>>): Record<string, string>;
  /** The lines that this program has written into its file of reminders until now. */
  remindersOf(program: Program): Promise<string[]>;
  /** What this program tells and hears in Kafka; the settings name its data where they are its own. */
  topicsOf(program: Program, api: Client, settings?: Settings): Promise<Topics>;
}

export type ApiCheck = Check<Desk>;

type Anchor = 'try-it' | 'why-it-is-built-so' | 'the-walk' | 'break-it' | 'the-contract';

export const lesson = (anchor: Anchor) => `stage-05-events/README.md#${anchor}`;

export const STATISTICS = '/api/v1/statistics';

/** Without a Kafka the log of events is a file beside the database. */
export const EVENTS_FILE = 'events.db';
export const REMINDER_FILE = 'reminders.jsonl';

/** So many hours before an appointment its reminder falls due, where nothing else is set. */
export const LEAD_HOURS = 24;
