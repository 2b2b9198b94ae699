import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createFolder, startProgram } from '../testing/index.ts';

export interface ThrowAwayKind {
  /** As the file and its functions call it: `Redis` of `throw-away-redis.ts` with `startThrowAwayRedis`. */
  readonly name: 'Postgres' | 'Redis' | 'Kafka';
  disposeOfAbandoned(): Promise<void>;
  ask(url: string): Promise<unknown>;
}

/** Proves that a server for tests outlives an owner that is killed, also frozen, and is ended by the next one. */
export async function assertOutlivesItsOwner(
  t: TestContext,
  { name, disposeOfAbandoned, ask }: ThrowAwayKind,
): Promise<void> {
  const cwd = await createFolder(t);
  const file = join(cwd, 'owner.ts');
  const library = pathToFileURL(join(import.meta.dirname, `throw-away-${name.toLowerCase()}.ts`)).href;
  writeFileSync(
    file,
    `import { startThrowAway${name} } from ${JSON.stringify(library)};
     const { url, server } = await startThrowAway${name}({ detached: true });
     await server.freeze();
     console.log(JSON.stringify({ url, folder: server.dataFolder }));
     setInterval(() => {}, 1000);`,
  );
  const owner = startProgram(t, file, [], { cwd });
  const [line] = await once(owner.stdout ?? assert.fail(), 'data');
  const { url, folder } = JSON.parse(String(line));
  await disposeOfAbandoned();
  assert.ok(existsSync(folder), 'its owner lives');

  const closed = once(owner, 'close');
  owner.kill('SIGKILL');
  await closed;
  await disposeOfAbandoned();
  assert.ok(!existsSync(folder));
  await assert.rejects(ask(url), { code: 'ECONNREFUSED' });
}
