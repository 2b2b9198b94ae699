import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../src/config/index.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ENV_FILE = new URL('../.env', import.meta.url);
const PASSWORD = 'a lamp in every window';
const START_MS = 30_000;

/** This stage as a program of its own, with its data in a folder that goes with it, or in one that was named. */
export interface System extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly program: ChildProcess;
  /** What it has written so far, both streams. */
  output(): string;
}

/**
 * Starts it, or one of its commands, and waits until it has said that it is there. LOG_FILE takes what it writes, behind
 * what stands there.
 */
export async function openSystem(
  environment: Readonly<Record<string, string>> = {},
  place?: string,
  argv: readonly string[] = [],
): Promise<System> {
  const folder = place ?? mkdtempSync(join(tmpdir(), 'stage-7-'));
  const log = environment.LOG_FILE ?? join(folder, 'output.txt');
  const begin = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const file = openSync(log, 'a');
  const program = spawn(process.execPath, [MAIN, ...argv], {
    env: { ...readEnvironment(ENV_FILE), ...ownPlaces(folder), ...environment },
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  const output = () => readFileSync(log).subarray(begin).toString();
  const system: System = {
    url: '',
    folder,
    program,
    output,
    async [Symbol.asyncDispose]() {
      if (program.exitCode === null && program.signalCode === null) {
        program.kill('SIGCONT'); // Whoever is frozen hears of no other signal.
        program.kill();
        await once(program, 'exit');
      }
      if (place === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  const url = await readyAt(program, output).catch(async (error) => {
    await system[Symbol.asyncDispose]();
    throw error;
  });
  return { ...system, url };
}

/** In files, whatever the environment and the stage's `.env` say. */
function ownPlaces(folder: string): Record<string, string> {
  const servers = { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '', SMTP_URL: '', SCHEDULE_ADDRESS: '' };
  return {
    ...servers,
    ...{ PORT: '0', GRPC_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    SQLITE_FILE: join(folder, 'medcenter.db'),
    EVENTS_FILE: join(folder, 'events.db'),
    REMINDER_FILE: join(folder, 'reminders.jsonl'),
    SPANS_FOLDER: join(folder, 'spans'),
    ADMIN_PASSWORD: PASSWORD,
    PASSWORD_HASH_COST: '12',
  };
}

/** The address on its last line: of the API, or of the schedule service. */
async function readyAt(program: ChildProcess, output: () => string): Promise<string> {
  const until = performance.now() + START_MS;
  while (performance.now() < until && program.exitCode === null && program.signalCode === null) {
    const [, url] = /(?:API: |gRPC at )(\S+?)(?:\/api\/v1)? .*Ctrl-C ends it/.exec(output()) ?? [];
    if (url !== undefined) return url;
    await sleep(20);
  }
  throw new Error(`it did not start:\n${output()}`);
}

/** Somebody at the desk, who is signed in, with a patient and a doctor. */
export interface Desk {
  ask(method: string, path: string, body?: object, requestId?: string): Promise<Response>;
  /** Books a minute of their own, far ahead. */
  book(number: number, requestId?: string): Promise<Response>;
  readonly patientId: string;
}

export async function openDesk(url: string): Promise<Desk> {
  const login = { username: 'admin', password: PASSWORD };
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const ask = (method: string, path: string, body?: object, requestId?: string) =>
    fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...(requestId !== undefined && { 'x-request-id': requestId }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const made = async (path: string, body: object) => (await (await ask('POST', path, body)).json()) as Made;
  const { token } = await made('/auth/login', login);
  headers.authorization = `Bearer ${token}`;
  const patient = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' };
  const { id: patientId } = await made('/api/v1/patients', patient);
  const doctor = { lastName: 'Haddad', firstName: 'Samira', specialty: 'cardiology' };
  const { id: doctorId } = await made('/api/v1/doctors', doctor);
  return {
    ask,
    patientId,
    book(number, requestId) {
      const at = (minute: number) => new Date(Date.parse('2091-03-05') + minute * 60_000).toISOString();
      const times = { startsAt: at(number), endsAt: at(number + 1) };
      return ask('POST', '/api/v1/appointments', { patientId, doctorId, ...times }, requestId);
    },
  };
}

interface Made {
  readonly id: string;
  readonly token: string;
}
