import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createTree, packageJson } from '../architecture/testing.ts';
import { listStages, ROOT } from '../stages.ts';
import { runServices } from './commands.ts';
import type { LauncherOptions } from './launcher.ts';
import { openLocalPostgres } from './local-postgres.ts';
import { openLocalRedis } from './local-redis.ts';
import { servicesOf } from './needs.ts';
import { describePostgres } from './postgres.ts';
import { readRecord } from './record.ts';
import { findRedisProgram } from './redis-programs.ts';

export interface TestLauncher {
  readonly root: string;
  /** All that it has said. */
  readonly lines: string[];
  run(...args: string[]): Promise<number>;
}

const openLocal = { postgres: openLocalPostgres, redis: openLocalRedis };
const names = ['postgres', 'redis'] as const;

/** A launcher for a repository of the test's own, whose one stage needs these services, and without containers. */
export function createLauncher(
  t: TestContext,
  more: Partial<LauncherOptions> = {},
  needed: readonly (keyof typeof openLocal)[] = ['postgres'],
): TestLauncher {
  let root = '';
  // Hooks run in the order of their registration: the server must go before the folder that tells where it is.
  t.after(async () => {
    for (const name of names) {
      const record = readRecord(root, name);
      if (record?.way === 'local') await openLocal[name](record).kill();
    }
  });
  const stage = packageJson('stage-03-demo', { medcenter: { services: [...needed] } });
  root = createTree(t, {
    'stage-02-other/package.json': packageJson('stage-02-other'),
    'stage-03-demo/package.json': stage,
    'stage-03-demo/.env': 'PORT=3003\n',
  });
  chmodSync(root, 0o755); // A temporary folder is its owner's alone; where that is root, a server could not come in.
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const signal = new AbortController().signal;
  const services = [describePostgres({ throwAway: true })];
  const options = { root, services, say, env: { PATH: '' }, signal, ...more };
  return { root, lines, run: (...args) => runServices(args, options) };
}

export function environmentFile(root: string): string {
  return join(root, 'stage-03-demo', '.env');
}

/**
 * For tests that bring up a Redis themselves, from a program that is here already: they fetch none. Without one they are
 * skipped, and say so; on CI that is an error as soon as a workspace declares Redis.
 */
export function needsRedisProgram(): { skip: string | false } {
  if (process.platform !== 'win32' && findRedisProgram() !== undefined) return { skip: false };
  const reason = 'needs a redis-server on the PATH, or the one that "npm run services -- up redis" fetches';
  const workspaces = [...listStages().map(({ path }) => path), join(ROOT, 'shared')];
  const isDeclared = workspaces.some((path) => servicesOf(path).includes('redis'));
  if (process.env.CI === 'true' && isDeclared) throw new Error(`CI=true, and this suite ${reason}.`);
  return { skip: `NOT RUN, ${reason}` };
}
