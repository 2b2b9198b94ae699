import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createFolder, startProgram } from '../testing/index.ts';
import { askRedis } from './redis-url.ts';
import { needsRedisProgram } from './testing.ts';
import { disposeOfAbandonedRedis } from './throw-away-redis.ts';

test(
  'a Redis that is thrown away outlives an owner that is killed, also frozen, and is ended by the next one',
  needsRedisProgram(),
  async (t) => {
    const cwd = await createFolder(t);
    const file = join(cwd, 'owner.ts');
    const library = pathToFileURL(join(import.meta.dirname, 'throw-away-redis.ts')).href;
    writeFileSync(
      file,
      `import { startThrowAwayRedis } from ${JSON.stringify(library)};
       const { url, server } = await startThrowAwayRedis({ detached: true });
       await server.freeze();
       console.log(JSON.stringify({ url, folder: server.dataFolder }));
       setInterval(() => {}, 1000);`,
    );
    const owner = startProgram(t, file, [], { cwd });
    const [line] = await once(owner.stdout ?? assert.fail(), 'data');
    const { url, folder } = JSON.parse(String(line));
    await disposeOfAbandonedRedis();
    assert.ok(existsSync(folder), 'its owner lives');

    const closed = once(owner, 'close');
    owner.kill('SIGKILL');
    await closed;
    await disposeOfAbandonedRedis();
    assert.ok(!existsSync(folder));
    await assert.rejects(askRedis(url, [['PING']]), { code: 'ECONNREFUSED' });
  },
);
