import type { Ids } from './compare.ts';
import { findFreePort, type Server } from './server.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

/** In a lesson, the folder where the learner stands (the repository's root), and the port of the learner's server. */
const LEARNERS_FOLDER = '/home/you/medcenter';
const LEARNERS_PORT = '3000';

/** Where one lesson is played, from its beginning to its end. */
export interface Desk extends AsyncDisposable {
  readonly workbench: Workbench;
  readonly ids: Ids;
  /** Stands for the learner's port. */
  readonly port: number;
  /** The one that runs, if one does. */
  server: Server | undefined;
}

export async function openDesk(root: string): Promise<Desk> {
  const port = await findFreePort();
  const workbench = await openWorkbench(root, { PORT: String(port) });
  const desk: Desk = {
    workbench,
    ids: new Map(),
    port,
    server: undefined,
    async [Symbol.asyncDispose]() {
      await desk.server?.[Symbol.asyncDispose]();
      await workbench[Symbol.asyncDispose]();
    },
  };
  return desk;
}

/** The lesson's command as it means the same here. */
export function typedHere(command: string, { port }: Desk): string {
  return command.replaceAll(new RegExp(`:${LEARNERS_PORT}\\b`, 'g'), `:${port}`);
}

/** What was printed here as the learner sees it. */
export function asLearnerSees(output: string, { workbench: { folder }, port }: Desk): string {
  return output
    .replaceAll(`${folder}\\`, `${LEARNERS_FOLDER}/`) // Windows.
    .replaceAll(folder, LEARNERS_FOLDER)
    .replaceAll(new RegExp(`:${port}\\b`, 'g'), `:${LEARNERS_PORT}`);
}
