import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createFolder, startProgram } from '../testing/index.ts';
import { needsPostgres } from '../testing/postgres.ts';
import { askPostgres } from './postgres-url.ts';
import { disposeOfAbandonedPostgres } from './throw-away-postgres.ts';

suite('a server that is thrown away', needsPostgres(), () => {
  test('outlives an owner that is killed, also frozen, and is ended by the next one', async (t) => {
    const cwd = await createFolder(t);
    const file = join(cwd, 'owner.ts');
    const library = pathToFileURL(join(import.meta.dirname, 'throw-away-postgres.ts')).href;
    writeFileSync(
      file,
      `import { startThrowAwayPostgres } from ${JSON.stringify(library)};
       const { url, server } = await startThrowAwayPostgres({ detached: true });
       await server.freeze();
       console.log(JSON.stringify({ url, folder: server.dataFolder }));
       setInterval(() => {}, 1000);`,
    );
    const owner = startProgram(t, file, [], { cwd });
    const [line] = await once(owner.stdout ?? assert.fail(), 'data');
    const { url, folder } = JSON.parse(String(line));
    await disposeOfAbandonedPostgres();
    assert.ok(existsSync(folder), 'its owner lives');

    const closed = once(owner, 'close');
    owner.kill('SIGKILL');
    await closed;
    await disposeOfAbandonedPostgres();
    assert.ok(!existsSync(folder));
    await assert.rejects(askPostgres(url), { code: 'ECONNREFUSED' });
  });
});
