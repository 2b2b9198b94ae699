import type { Stage } from '../stages.ts';

export const states = ['up', 'frozen', 'down'] as const;
export type State = (typeof states)[number];

export interface Found {
  readonly state: State;
  /** Of the server's first process. */
  readonly pid?: number;
  /** Where it listens, if it says so itself. */
  readonly port?: number;
}

/** A server that a way has brought up, or can bring up. */
export interface Instance {
  /** Where its data lie, for people to read. */
  readonly place: string;
  look(): Promise<Found>;
  /** Starts it, on the first of these ports that is free. Answers the port. Interrupted, it leaves nothing running. */
  start(ports: readonly number[]): Promise<number>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  log(lines: number): Promise<string>;
}

export interface InstanceOptions {
  readonly folder: string;
  readonly password: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Address {
  readonly port: number;
  readonly password: string;
}

/** A row of the table of services: what is particular to each of them. */
export interface Service {
  /** On the command line, in the stages' package.json and in compose.yaml. */
  readonly name: string;
  readonly title: string;
  /** Tried in this order, before any other one. */
  readonly ports: readonly number[];
  /** How it runs without containers. */
  openLocal(options: InstanceOptions): Instance;
  /** A real query: throws as long as it does not answer, and a ServiceError when it never will. */
  ask(address: Address): Promise<void>;
  /** Makes what the stage needs in it, such as a database, where it is missing. */
  provide(address: Address, stage: Stage): Promise<void>;
  /** The lines of a stage's `.env`. */
  variables(address: Address, stage: Stage): Readonly<Record<string, string>>;
}
