import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createFolder, startProgram } from '../testing/index.ts';
import { askKafka } from './kafka-wire.ts';
import { needsKafkaPrograms } from './testing.ts';
import { disposeOfAbandonedKafka } from './throw-away-kafka.ts';

test(
  'a Kafka that is thrown away outlives an owner that is killed, also frozen, and is ended by the next one',
  needsKafkaPrograms(),
  async (t) => {
    const cwd = await createFolder(t);
    const file = join(cwd, 'owner.ts');
    const library = pathToFileURL(join(import.meta.dirname, 'throw-away-kafka.ts')).href;
    writeFileSync(
      file,
      `import { startThrowAwayKafka } from ${JSON.stringify(library)};
       const { url, server } = await startThrowAwayKafka({ detached: true });
       await server.freeze();
       console.log(JSON.stringify({ url, folder: server.dataFolder }));
       setInterval(() => {}, 1000);`,
    );
    const owner = startProgram(t, file, [], { cwd });
    const [line] = await once(owner.stdout ?? assert.fail(), 'data');
    const { url, folder } = JSON.parse(String(line));
    await disposeOfAbandonedKafka();
    assert.ok(existsSync(folder), 'its owner lives');

    const closed = once(owner, 'close');
    owner.kill('SIGKILL');
    await closed;
    await disposeOfAbandonedKafka();
    assert.ok(!existsSync(folder));
    await assert.rejects(askKafka(url), { code: 'ECONNREFUSED' });
  },
);
