import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createTree, packageJson } from '../architecture/testing.ts';
import { listStages, ROOT } from '../stages.ts';
import { runServices } from './commands.ts';
import { findKafkaPrograms } from './kafka-programs.ts';
import type { LauncherOptions } from './launcher.ts';
import { openLocalKafka } from './local-kafka.ts';
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

const openLocal = { postgres: openLocalPostgres, redis: openLocalRedis, kafka: openLocalKafka };
const names = ['postgres', 'redis', 'kafka'] as const;

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
  return needsProgram({
    name: 'redis',
    isHere: process.platform !== 'win32' && findRedisProgram() !== undefined,
    what: 'a redis-server on the PATH, or the one that "npm run services -- up redis" fetches',
  });
}

/** The same for tests that bring up a Kafka. */
export function needsKafkaPrograms(): { skip: string | false } {
  return needsProgram({
    name: 'kafka',
    isHere: process.platform !== 'win32' && findKafkaPrograms() !== undefined,
    what: 'Java from version 17 up, and the Kafka that "npm run services -- up --local kafka" fetches by Maven',
  });
}

function needsProgram({ name, isHere, what }: { name: string; isHere: boolean; what: string }) {
  if (isHere) return { skip: false as const };
  const workspaces = [...listStages().map(({ path }) => path), join(ROOT, 'shared')];
  const isDeclared = workspaces.some((path) => servicesOf(path).includes(name));
  if (process.env.CI === 'true' && isDeclared) throw new Error(`CI=true, and this suite needs ${what}.`);
  return { skip: `NOT RUN, needs ${what}` };
}
