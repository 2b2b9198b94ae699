import { join } from 'node:path';
import { ROOT } from '../stages.ts';
import type { Subject, Suite } from './harness.ts';
import { prepareDesks } from './stage-02/prepare.ts';
import { suite as ofStage2 } from './stage-02.ts';
import { bookings } from './stage-03/bookings.ts';
import { type Desk, SQLITE_FILE } from './stage-03/check.ts';
import { commands } from './stage-03/commands.ts';
import { conflicts } from './stage-03/conflicts.ts';
import { doctors } from './stage-03/doctors.ts';
import { idempotency } from './stage-03/idempotency.ts';
import { life } from './stage-03/life.ts';
import { lists } from './stage-03/lists.ts';
import { moves } from './stage-03/moves.ts';
import { openness } from './stage-03/openness.ts';
import { races, racesOfTwo } from './stage-03/races.ts';
import { removals } from './stage-03/removals.ts';

/** Of the JSON file, in which stage 2 keeps its data and stage 3 does not. */
const OF_THE_FILE = [
  'damaged-file-tells-nothing-and-stays',
  'file-keeps-its-form',
  'default-file-is-where-it-was-started',
];

const reference = [process.execPath, join(ROOT, 'stage-03-postgres', 'src', 'main.ts')];

/** A file in the folder of each program, or the one database that the person named. */
function storageOf({ command, databaseUrl }: Subject): Desk['storage'] {
  if (databaseUrl !== undefined) return { DATABASE_URL: databaseUrl };
  // The reference would find this one in its `.env` as well; empty, it is not set.
  const isReference = command.join(' ') === reference.join(' ');
  return { SQLITE_FILE, ...(isReference && { DATABASE_URL: '' }) };
}

/** The checks of this stage alone. */
export const ownChecks = [
  ...doctors,
  ...bookings,
  ...conflicts,
  ...moves,
  ...removals,
  ...lists,
  ...idempotency,
  ...races,
  ...racesOfTwo,
  ...openness,
  ...commands,
  ...life,
];

/**
 * Stage 3: doctors and appointments, in SQL. What stage 2 promised still holds, so its checks come first. Each check
 * is about people of its own, whose time nobody else takes: the database may be a used one.
 */
export const suite: Suite<Desk> = {
  title: 'Stage 3, doctors and appointments in SQL',
  reference,
  serves: true,
  checks: [...ofStage2.checks.filter(({ name }) => !OF_THE_FILE.includes(name)), ...ownChecks],
  prepare: (subject, stack) => prepareDesks(subject, stack, storageOf(subject)),
};
