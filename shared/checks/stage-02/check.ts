import type { Client } from '../client.ts';
import type { Check } from '../harness.ts';
import type { Program } from '../program.ts';
import type { Server, Settings } from '../server.ts';

/** What a check of this stage works with. */
export interface Desk {
  /** Tells the program where its data are, such as `{ DATA_FILE: 'patients.json' }`; `open` and `start` add it. */
  storage: Readonly<Record<string, string>>;
  /** The server that all checks share, or one for all that want the same settings. */
  open(settings?: Settings): Promise<Client>;
  /** The program behind `open`: its folder and its log. */
  behind(settings?: Settings): Promise<Server>;
  /** An empty folder of the check's own, and the program to start there. */
  createProgram(): Promise<Program>;
  /** A server of the check's own; it is ended with the check. Where it has an `ADMIN_PASSWORD`, it is signed in to. */
  start(program: Program, settings?: Settings, options?: { signIn?: boolean }): Promise<Server>;
  /** A client of such a server. */
  clientOf(server: Server): Client;
}

export type ApiCheck = Check<Desk>;

type Anchor = 'try-it' | 'why-it-is-built-so' | 'the-walk' | 'break-it' | 'the-contract';

export const lesson = (anchor: Anchor) => `stage-02-http/README.md#${anchor}`;

export const PATIENTS = '/api/v1/patients';

/** Where the data are at this stage, in the folder of the program. */
export const DATA_FILE = 'patients.json';

/** Why a check of signals does not run on Windows. */
export const onlyPosix =
  process.platform === 'win32' ? 'Windows has no signals to ask a program by' : undefined;
