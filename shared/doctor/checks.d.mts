// The types of checks.mjs, which is plain JavaScript so that an old Node can run them.

/** What the checks ask of the machine. A test answers in its place. */
export interface Probe {
  /** The repository's root. */
  root: string;
  platform: string;
  /** Of the Node that runs this, with its `v`. */
  nodeVersion: string;
  /** The path of that Node. */
  nodePath: string;
  exists(path: string): boolean;
  /** The value in a JSON file; undefined where there is none that can be read. */
  readJson(path: string): unknown;
  /** Runs a program to its end; undefined where there is no such program. */
  run(command: string, args: string[], cwd?: string): Promise<ProgramEnd | undefined>;
  npmVersion(): Promise<string | undefined>;
  isPortFree(port: number): Promise<boolean>;
  /** Bytes; undefined where this Node cannot tell. */
  freeDisk(): Promise<number | undefined>;
  memory(): number;
  /** The names of the folders that hold a stage. */
  stageFolders(): string[];
}

export interface ProgramEnd {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface Finding {
  name: string;
  /** `later` is not wanted by the stages that are here; only `to do` makes the doctor fail. */
  state: 'ok' | 'to do' | 'later';
  text: string;
}

export type Check = (probe: Probe) => Promise<Finding | Finding[]>;

export const checkNode: Check;
export const checkNpm: Check;
export const checkPackages: Check;
export const checkNativeModules: Check;
export const checkPorts: Check;
export const checkDisk: Check;
export const checkMemory: Check;
export const checkGit: Check;
export const checkJava: Check;
export const checkMaven: Check;
export const checkContainers: Check;

/** Every check, in order. */
export function examine(probe: Probe): Promise<Finding[]>;
