export type { ApiCheck, Desk } from '../stage-02/check.ts';
export { onlyPosix, PATIENTS } from '../stage-02/check.ts';

type Anchor = 'try-it' | 'why-it-is-built-so' | 'the-walk' | 'break-it' | 'the-contract';

export const lesson = (anchor: Anchor) => `stage-03-postgres/README.md#${anchor}`;

export const DOCTORS = '/api/v1/doctors';
export const APPOINTMENTS = '/api/v1/appointments';

/** Where the data are without a PostgreSQL server, in the folder of the program. */
export const SQLITE_FILE = 'medcenter.db';
