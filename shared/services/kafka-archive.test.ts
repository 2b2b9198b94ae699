import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { createFolder } from '../testing/index.ts';
import { provideArchive } from './kafka-archive.ts';
import { findServerUser } from './server-user.ts';

/** A Java that only notes what it is asked, but for the option to make an archive: that one starts these words for sh. */
async function createJava(t: TestContext, archiving: string) {
  const root = await createFolder(t);
  const programs = join(root, 'programs');
  mkdirSync(programs);
  for (const folder of [root, programs]) chmodSync(folder, 0o755);
  const notes = join(root, 'notes');
  writeFileSync(notes, '');
  chmodSync(notes, 0o666); // Root asks for the version, and the user of the server starts it.
  const java = join(programs, 'java');
  const script = `#!/bin/sh
    echo "$@" >> ${notes}
    case "$1" in --version) echo "openjdk 17.0.15"; exit ;; esac
    for option in "$@"; do case "$option" in -XX:ArchiveClassesAtExit=*) ${archiving} ;; esac; done`;
  writeFileSync(java, script);
  chmodSync(java, 0o755);
  const countStarts = () => readFileSync(notes, 'utf8').match(/kafka\.Kafka /g)?.length;
  return { programs: { java, jars: join(programs, 'kafka') }, folder: programs, countStarts };
}

const onPosix = { skip: process.platform === 'win32' && 'the false Java is a script for sh' };

suite('the archive that lets Kafka start quicker', onPosix, () => {
  test('is made once', async (t) => {
    const { programs, folder, countStarts } = await createJava(t, `echo classes > "\${option#*=}"`);
    const { archive = '' } = await provideArchive(programs, findServerUser(), {});
    assert.equal(readFileSync(archive, 'utf8'), 'classes\n');
    assert.equal((await provideArchive(programs, findServerUser(), {})).archive, archive);
    assert.equal(countStarts(), 1);
    assert.equal(readdirSync(folder).length, 2, 'java and the archive');
  });

  test('is done without, where Java makes none, and not tried again', async (t) => {
    const { programs, countStarts } = await createJava(t, 'exit 1');
    assert.deepEqual(await provideArchive(programs, findServerUser(), {}), programs);
    assert.deepEqual(await provideArchive(programs, findServerUser(), {}), programs);
    assert.equal(countStarts(), 1);
  });

  test('leaves nothing running and nothing behind when it is interrupted', async (t) => {
    const { programs, folder } = await createJava(t, 'exec sleep 60');
    const reason = new Error('interrupted');
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(reason), 300);
    const asked = provideArchive(programs, findServerUser(), { signal: interruption.signal });
    await assert.rejects(asked, (error) => error === reason || String(error).includes('abort'));
    assert.deepEqual(readdirSync(folder), ['java']);
  });
});
