import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLines } from '../../testing/index.ts';
import { report } from './report.ts';

// The whole program of a stage on files of its own, as a person starts it: the API, and the schedule service beside it.
const [stage = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'bench-api-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const { readConfig, variables } = await import(`@medcenter/${stage}/config`);
const { start } = await import(`@medcenter/${stage}/app`);
const config = readConfig(variables, {
  PORT: '0',
  GRPC_PORT: '0',
  ADMIN_PASSWORD: 'as fast as it goes',
  SQLITE_FILE: join(folder, 'medcenter.db'),
  EVENTS_FILE: join(folder, 'events.db'),
  REMINDER_FILE: join(folder, 'reminders.jsonl'),
  SPANS_FOLDER: join(folder, 'spans'),
});
const running = await start(config, createLines().out);
process.on('SIGTERM', async () => {
  await running[Symbol.asyncDispose]();
  process.exit();
});
report(running.url);
