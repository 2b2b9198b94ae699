import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createFolder, startProgram } from '@medcenter/shared/testing';
import { createMemoryStorage, openJsonStorage, withFileLock } from '../src/repository/index.ts';
import { samplePatient, storageContract } from './contracts/index.ts';

storageContract('memory', async () => createMemoryStorage());
storageContract('JSON file', async (t) => openIn(t, join(await createFolder(t), 'patients.json')));
async function openIn(t: TestContext, file: string) {
  const storage = await openJsonStorage(file);
  t.after(() => storage.close());
  return storage;
}

describe('the JSON file', () => {
  test('is versioned, pretty-printed, for its owner alone, and its folder holds nothing but its lock', async (t) => {
    const folder = await createFolder(t);
    const storage = await openIn(t, join(folder, 'patients.json'));
    const patient = samplePatient();
    await storage.transaction((tx) => tx.patients.insert(patient));
    const text = await readFile(join(folder, 'patients.json'), 'utf8');
    assert.deepEqual(JSON.parse(text), { version: 1, patients: [patient], appointments: [] });
    assert.match(text, /^{\n {2}"version": 1,\n/);
    assert.equal((await stat(join(folder, 'patients.json'))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['patients.json', 'patients.json.lock']);
  });

  test('two openings of one file see each other at once', async (t) => {
    const file = join(await createFolder(t), 'patients.json');
    const [one, two] = [await openIn(t, file), await openIn(t, file)];
    for (const [writer, reader] of [
      [one, two],
      [two, one],
      [one, two],
    ] as const) {
      const patient = samplePatient();
      await writer.transaction((tx) => tx.patients.insert(patient));
      assert.equal((await reader.patients.find(patient.id))?.id, patient.id);
    }
    assert.equal((await one.patients.list({})).length, 3);
  });

  test('40 writes through four openings at once are 40 patients', async (t) => {
    const file = join(await createFolder(t), 'patients.json');
    const storages = await Promise.all(Array.from({ length: 4 }, () => openIn(t, file)));
    const inserts = storages.flatMap((storage) =>
      Array.from({ length: 10 }, () => storage.transaction((tx) => tx.patients.insert(samplePatient()))),
    );
    await Promise.all(inserts);
    assert.equal((await storages[0]?.patients.list({}))?.length, 40);
  });

  const whole = JSON.stringify({ version: 1, patients: [samplePatient()], appointments: [] });
  const twin = samplePatient();
  const damaged = {
    empty: '',
    torn: whole.slice(0, -20),
    'not UTF-8': Buffer.from([0x7b, 0xff, 0x7d]),
    'JSON of another kind': '[]',
    'without a version': '{"patients":[],"appointments":[]}',
    'without its appointments': '{"version":1,"patients":[]}',
    'with a part that is unknown': '{"version":1,"patients":[],"appointments":[],"doctors":[]}',
    'with a patient who lacks a field': '{"version":1,"patients":[{"id":"x"}],"appointments":[]}',
    'with one id twice': JSON.stringify({ version: 1, patients: [twin, twin], appointments: [] }),
    'of a version to come': '{"version":2,"people":[]}',
  };
  for (const [how, content] of Object.entries(damaged)) {
    test(`a file that is ${how} is refused by its path, and left as it is`, async (t) => {
      const file = join(await createFolder(t), 'patients.json');
      await writeFile(file, content);
      const storage = await openIn(t, file);
      const refusal = (error: { code: string; message: string }) =>
        error.code === 'data_file' && error.message.includes(file);
      await assert.rejects(storage.patients.list({}), refusal);
      await assert.rejects(
        storage.transaction((tx) => tx.patients.insert(samplePatient())),
        refusal,
      );
      assert.deepEqual(await readFile(file), Buffer.from(content));
    });
  }

  test('a file of a version to come is told from a damaged one', async (t) => {
    const file = join(await createFolder(t), 'patients.json');
    await writeFile(file, '{"version":2,"patients":[],"appointments":[]}');
    const storage = await openIn(t, file);
    await assert.rejects(storage.patients.list({}), { code: 'data_file', message: /is of version 2/ });
  });

  test('bytes that are no UTF-8 are damage, also within a name', async (t) => {
    const file = join(await createFolder(t), 'patients.json');
    const [before = '', after = ''] = JSON.stringify({
      version: 1,
      patients: [samplePatient()],
      appointments: [],
    }).split('Okafor');
    await writeFile(file, Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]));
    const storage = await openIn(t, file);
    await assert.rejects(storage.patients.list({}), { code: 'data_file', message: /is damaged/ });
  });

  test('an error of the work itself is not blamed on the file', async (t) => {
    const storage = await openIn(t, join(await createFolder(t), 'patients.json'));
    const failed = storage.transaction(async () => readFile('/nowhere/at/all'));
    await assert.rejects(failed, { code: 'ENOENT' });
  });

  test('fields that this version does not know are kept', async (t) => {
    const file = join(await createFolder(t), 'patients.json');
    const patient = { ...samplePatient(), nickname: 'Ada' };
    await writeFile(file, JSON.stringify({ version: 1, patients: [patient], appointments: [] }));
    const storage = await openIn(t, file);
    await storage.transaction((tx) => tx.patients.insert(samplePatient()));
    assert.equal(JSON.parse(await readFile(file, 'utf8')).patients[0].nickname, 'Ada');
  });

  test('a symbolic link stays one, and leads to the data, also before they exist', async (t) => {
    const folder = await createFolder(t);
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join('elsewhere', 'real.json'), join(folder, 'patients.json'));
    for (const count of [1, 2]) {
      const storage = await openIn(t, join(folder, 'patients.json'));
      await storage.transaction((tx) => tx.patients.insert(samplePatient()));
      assert.ok((await lstat(join(folder, 'patients.json'))).isSymbolicLink());
      assert.equal(
        JSON.parse(await readFile(join(folder, 'elsewhere', 'real.json'), 'utf8')).patients.length,
        count,
      );
    }
  });

  test('links that go round in a circle are refused, not followed', async (t) => {
    const folder = await createFolder(t);
    await symlink('two.json', join(folder, 'one.json'));
    await symlink('one.json', join(folder, 'two.json'));
    const storage = await openIn(t, join(folder, 'one.json'));
    await assert.rejects(storage.patients.list({}), { code: 'data_file', message: /circle/ });
  });

  test('what a killed writer left is swept up, and only that', async (t) => {
    const folder = await createFolder(t);
    const mine = `patients.json.${randomUUID()}.tmp`;
    const others = ['patients.json.bak.tmp', `other.json.${randomUUID()}.tmp`];
    for (const name of [mine, ...others]) await writeFile(join(folder, name), 'half');
    const storage = await openIn(t, join(folder, 'patients.json'));
    await storage.transaction((tx) => tx.patients.insert(samplePatient()));
    assert.deepEqual(await readdir(folder), [...others, 'patients.json', 'patients.json.lock'].sort());
  });

  test('a folder that is not there, and a folder in its place, are refused in words', async (t) => {
    const folder = await createFolder(t);
    const insert = async (file: string) =>
      (await openIn(t, file)).transaction((tx) => tx.patients.insert(samplePatient()));
    await assert.rejects(insert(join(folder, 'none', 'patients.json')), {
      code: 'data_file',
      message: /folder does not exist/,
    });
    await assert.rejects(insert(folder), { code: 'data_file', message: /is a folder/ });
  });

  test('a write that fails leaves the old file, and nothing of the new one', async (t) => {
    const folder = await createFolder(t);
    const name = `${'n'.repeat(230)}.json`; // The temporary file's name is longer, and too long for the disk.
    const content = JSON.stringify({ version: 1, patients: [samplePatient()], appointments: [] });
    await writeFile(join(folder, name), content);
    const storage = await openIn(t, join(folder, name));
    const insert = storage.transaction((tx) => tx.patients.insert(samplePatient()));
    await assert.rejects(insert, { code: 'data_file', message: /name that is too long/ });
    assert.equal(await readFile(join(folder, name), 'utf8'), content);
    assert.deepEqual(await readdir(folder), [name, `${name}.lock`]);
  });
});

describe('the file lock', () => {
  const holder = `
    import { withFileLock } from ${JSON.stringify(new URL('../src/repository/index.ts', import.meta.url).href)};
    await withFileLock(process.argv[2], async () => { console.log('held'); await new Promise((r) => setTimeout(r, 60_000)); });`;

  test('keeps other processes out, says so when patience ends, and dies with its holder', async (t) => {
    const folder = await createFolder(t);
    const file = join(folder, 'patients.json');
    await writeFile(join(folder, 'holder.ts'), holder);
    const child = startProgram(t, join(folder, 'holder.ts'), [file], { cwd: folder });
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    let entered = false;
    const enter = async () => {
      entered = true;
    };
    await assert.rejects(withFileLock(file, enter, 150), {
      code: 'data_file',
      message: /in use by other programs/,
    });
    assert.equal(entered, false);
    child.kill('SIGKILL');
    await once(child, 'close');
    await withFileLock(file, enter, 150);
    assert.equal(entered, true);
  });
});
