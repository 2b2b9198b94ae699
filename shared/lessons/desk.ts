import { join, sep } from 'node:path';
import type { Ids } from './compare.ts';
import { findFreePort, type Server } from './server.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

/** In a lesson, the folder where the learner stands (the repository's root), and the ports of the learner's server. */
const LEARNERS_FOLDER = '/home/you/medcenter';
const LEARNERS_PORT = '3000';
const LEARNERS_GRPC_PORT = '50051';
/** What the learner has put into ADMIN_PASSWORD, for the first account; invented, as the people are. */
const LEARNERS_PASSWORD = 'a lamp in every window';

/** Where one lesson is played, from its beginning to its end. */
export interface Desk extends AsyncDisposable {
  readonly workbench: Workbench;
  readonly ids: Ids;
  /** Stands for the learner's port. */
  readonly port: number;
  /** Stands for the learner's port for gRPC. */
  readonly grpcPort: number;
  /** The folder of the stage whose own data the folder `data` here stands for; empty for none. */
  readonly stage: string;
  /** The one that runs, if one does. */
  server: Server | undefined;
}

export async function openDesk(root: string, stage = ''): Promise<Desk> {
  const port = await findFreePort();
  const grpcPort = await findFreePort();
  // The embedded adapters, in files of their own: whatever the stage's `.env` says, and whatever data lie in its folder.
  const servers = { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '', SMTP_URL: '', SCHEDULE_ADDRESS: '' };
  const files = {
    SQLITE_FILE: 'data/medcenter.db',
    EVENTS_FILE: 'data/events.db',
    SPANS_FOLDER: 'data/spans',
  };
  const embedded = { ...servers, ...files, OTEL_EXPORTER_OTLP_ENDPOINT: '' };
  const ports = { PORT: String(port), GRPC_PORT: String(grpcPort) };
  const variables = { ...ports, ...embedded, ADMIN_PASSWORD: LEARNERS_PASSWORD };
  const workbench = await openWorkbench(root, variables);
  const desk: Desk = {
    workbench,
    ids: new Map(),
    port,
    grpcPort,
    stage,
    server: undefined,
    async [Symbol.asyncDispose]() {
      await desk.server?.[Symbol.asyncDispose]();
      await workbench[Symbol.asyncDispose]();
    },
  };
  return desk;
}

/** The lesson's command as it means the same here. */
export function typedHere(command: string, { port, grpcPort }: Desk): string {
  return withPort(withPort(command, LEARNERS_PORT, port), LEARNERS_GRPC_PORT, grpcPort);
}

/** What was printed here as the learner sees it. */
export function asLearnerSees(
  output: string,
  { workbench: { folder }, port, grpcPort, stage }: Desk,
): string {
  const text = output
    .replaceAll(join(folder, 'data', sep), `${[LEARNERS_FOLDER, stage, 'data'].filter(Boolean).join('/')}/`)
    .replaceAll(`${folder}\\`, `${LEARNERS_FOLDER}/`) // Windows.
    .replaceAll(folder, LEARNERS_FOLDER);
  return withPort(withPort(text, port, LEARNERS_PORT), grpcPort, LEARNERS_GRPC_PORT);
}

function withPort(text: string, port: number | string, other: number | string): string {
  return text.replaceAll(new RegExp(`:${port}\\b`, 'g'), `:${other}`);
}
