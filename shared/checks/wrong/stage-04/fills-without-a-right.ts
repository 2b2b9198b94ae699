import { mkdirSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LeaseCache } from '@medcenter/stage-04-redis/cache';
import { main, type Wrong } from './base.ts';

/** Keeps copies for all processes and deletes them after each write; who read before that fills in the old one. */
export const wrong: Wrong = { caughtBy: 'old-copy-never-comes-back' };

const FOLDER = 'copies';

/** In files beside the database: whoever writes takes the file away, and whoever reads makes it. */
function createFileCache(): LeaseCache {
  mkdirSync(FOLDER, { recursive: true });
  const fileOf = (key: string) => `${FOLDER}/${key.replaceAll(':', '-')}`;
  return {
    longestLifeMs: 60_000,
    async look(key) {
      const value = await readFile(fileOf(key), 'utf8').catch(() => undefined);
      return value === undefined ? { found: 'nothing' } : { found: 'value', value };
    },
    async fill(key, lease, value) {
      if (value === undefined) return;
      await sleep(5);
      await writeFile(fileOf(lease), value);
      await rename(fileOf(lease), fileOf(key));
    },
    hold: async () => {},
    release: (key) => rm(fileOf(key), { force: true }),
  };
}

if (import.meta.main) await main({ cache: createFileCache });
