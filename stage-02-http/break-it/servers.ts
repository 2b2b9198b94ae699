import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { createLogger } from '../src/observability/index.ts';
import { openJsonStorage } from '../src/repository/index.ts';
import { createPatientRegistry, createSystemClock } from '../src/service/index.ts';
import { createHttpApp, type HttpOptions } from '../src/transport/http/index.ts';
import { createNaiveServer } from './naive.ts';

/** A server of an experiment. Its data are in `file`, in a folder that is gone after the experiment. */
export interface ExperimentServer extends AsyncDisposable {
  readonly name: 'naive' | 'careful';
  readonly url: string;
  readonly port: number;
  readonly file: string;
  /** The lines of its log. */
  readonly log: readonly string[];
}

export async function openNaive(): Promise<ExperimentServer> {
  const file = newDataFile();
  await writeFile(file, '[]');
  const server = createNaiveServer(file).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    name: 'naive',
    url: `http://127.0.0.1:${port}`,
    port,
    file,
    log: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** This stage's own parts, put together as `src/app` does it. */
export async function openCareful(limits: HttpOptions['limits'] = {}): Promise<ExperimentServer> {
  const file = newDataFile();
  const log: string[] = [];
  const out = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const storage = await openJsonStorage(file);
  const clock = createSystemClock();
  const patients = createPatientRegistry({ storage, newId: uuidv7, clock });
  const logger = createLogger({ level: 'info', service: 'careful', out });
  const app = await createHttpApp({ patients, clock }, { logger, limits });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    name: 'careful',
    url,
    port: Number(new URL(url).port),
    file,
    log,
    async [Symbol.asyncDispose]() {
      await app.close();
      await storage.close();
    },
  };
}

export function newDataFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'break-it-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'patients.json');
}

/** JSON in, JSON out. */
export async function send(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    etag: answer.headers.get('etag') ?? '',
    body: text ? JSON.parse(text) : undefined,
  };
}
