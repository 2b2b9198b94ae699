import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { migrations as before } from '@medcenter/stage-03-postgres/repository';
import { createDatabase } from '@medcenter/shared/testing/postgres';
import { createSqlStorage, migrateDatabase, migrations, openDatabase } from '../src/repository/index.ts';
import { samplePatient } from './contracts/index.ts';
import { addAccount, POSTGRES, SQLITE } from './support.ts';

for (const { name, suite: options, place } of [
  SQLITE,
  {
    ...POSTGRES,
    place: async (t: Parameters<typeof createDatabase>[0]) => ({ url: await createDatabase(t), file: '' }),
  },
]) {
  suite(`the tables in ${name}`, options, () => {
    test('a database of the stage before keeps its records, and gets what is new', async (t) => {
      const options = await place(t);
      const patient = samplePatient();
      const old = createSqlStorage(await openDatabase(options, before));
      await old.transaction((tx) => tx.patients.insert(patient));
      await old.close();
      assert.deepEqual((await migrateDatabase(options, migrations)).applied, ['2_accounts']);
      assert.deepEqual((await migrateDatabase(options, migrations)).applied, []);
      const storage = createSqlStorage(await openDatabase(options, migrations));
      t.after(() => storage.close());
      assert.deepEqual(await storage.patients.find(patient.id), patient);
      await addAccount(storage);
    });

    test('the program of the stage before does not write into them', async (t) => {
      const options = await place(t);
      await migrateDatabase(options, migrations);
      await assert.rejects(openDatabase(options, before), { code: 'database' });
    });
  });
}
