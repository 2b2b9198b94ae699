import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder, runProgram } from '@medcenter/shared/testing';
import type { PatientInput } from '@medcenter/stage-01-core/domain';
import type { Storage } from '@medcenter/stage-01-core/repository';
import { sampleAppointment, samplePatient } from '@medcenter/stage-01-core/test/contracts';
import { proveReview, type StageCode } from '../testing/proofs.ts';
import { failReadsOf, flushesAndRenamesDuring, interruptAfterFirstLook } from './disk.ts';

type RepositoryLayer = typeof import('@medcenter/stage-01-core/repository');

const repositoryOf = (code: StageCode): Promise<RepositoryLayer> =>
  import(code.href('src/repository/index.ts'));

/** A storage in a file of the test's own. */
async function openStorage(code: StageCode, t: TestContext) {
  const file = join(await createFolder(t), 'patients.json');
  const open = async () => (await repositoryOf(code)).openJsonStorage(file);
  return { file, open, storage: await open() };
}

const add = (storage: Storage, overrides: Partial<PatientInput> = {}) =>
  storage.transaction((tx) => tx.patients.insert(samplePatient(overrides)));
const lastNamesIn = async (file: string): Promise<string[]> =>
  JSON.parse(await readFile(file, 'utf8')).patients.map(({ lastName }: PatientInput) => lastName);

/** Runs lines of code, as a program of its own, with the stage's layers at hand. */
async function runLines(code: StageCode, t: TestContext, lines: string, env = {}) {
  const cwd = await createFolder(t);
  const imports = ['domain', 'repository', 'service'].map(
    (layer) => `import * as ${layer} from ${JSON.stringify(code.href(`src/${layer}/index.ts`))};`,
  );
  await writeFile(join(cwd, 'lines.ts'), [...imports, lines].join('\n'));
  const { stdout, stderr } = await runProgram(t, join(cwd, 'lines.ts'), [], { cwd, env });
  return { cwd, stdout: stdout.trim(), stderr };
}

proveReview(1, {
  defects: {
    'lock-after-read': {
      question: 'two programs add a patient each at the same moment: how many are in the file?',
      original: 2,
      changed: 1,
      async observe(code, t) {
        const { file, open, storage: one } = await openStorage(code, t);
        const two = await open();
        let second: Promise<void> = Promise.resolve();
        await one.transaction(async (tx) => {
          await tx.patients.insert(samplePatient());
          second = add(two);
          // Where a lock holds the second back, this only takes its time.
          await Promise.race([second, sleep(500)]);
        });
        await second;
        return (await lastNamesIn(file)).length;
      },
    },

    'unreadable-is-empty': {
      question: 'the disk fails for a moment while somebody registers: who is in the file after it?',
      original: ['EIO', ['Okafor']],
      changed: ['saved', ['Nguyen']],
      async observe(code, t) {
        const { file, open, storage } = await openStorage(code, t);
        await add(storage);
        const another = await open();
        const mend = failReadsOf(file, 'EIO');
        t.after(mend);
        const outcome = await add(another, { lastName: 'Nguyen' }).then(
          () => 'saved',
          (error) => error.code,
        );
        mend();
        return [outcome, await lastNamesIn(file)];
      },
    },

    'leftovers-stay': {
      question:
        'a program is killed while it saves: what is left after the next save, and may its number come again?',
      original: { left: 0, sameNumber: 'saved' },
      changed: { left: 1, sameNumber: 'data_file' },
      async observe(code, t) {
        const { cwd } = await runLines(
          code,
          t,
          `import { syncBuiltinESMExports } from 'node:module';
          import fs from 'node:fs/promises';
          fs.rename = () => process.kill(process.pid, 'SIGKILL');
          syncBuiltinESMExports();
          const storage = await repository.openJsonStorage('patients.json');
          await storage.transaction(async (tx) => tx.patients.insert(${JSON.stringify(samplePatient())}));`,
        );
        const leftovers = async () => (await readdir(cwd)).filter((name) => name.endsWith('.tmp'));
        assert.equal((await leftovers()).length, 1, 'the killed program leaves its temporary file');

        const storage = await (await repositoryOf(code)).openJsonStorage(join(cwd, 'patients.json'));
        await add(storage);
        const left = (await leftovers()).length;
        await writeFile(join(cwd, `patients.json.${process.pid}.tmp`), 'of one who had our number');
        const sameNumber = await add(storage).then(
          () => 'saved',
          (error) => error.code,
        );
        return { left, sameNumber };
      },
    },

    'folder-flushed-early': {
      question: 'in which order is a save brought to the disk?',
      original: ['flush the file', 'rename', 'flush the folder'],
      changed: ['flush the file', 'flush the folder', 'rename'],
      skip: process.platform === 'win32' ? 'not to be seen on Windows' : undefined,
      async observe(code, t) {
        const { storage } = await openStorage(code, t);
        return flushesAndRenamesDuring(() => add(storage));
      },
    },

    'parser-quotes-patients': {
      question: 'does the message about a damaged file show a name that the file holds?',
      original: false,
      changed: true,
      async observe(code, t) {
        const { file, storage } = await openStorage(code, t);
        await writeFile(
          file,
          '{ "version": 1, "patients": [{ "lastName": Okafor, "firstName": "Adaeze" }] }',
        );
        const error = await storage.patients.list({}).catch((thrown: Error) => thrown);
        assert.ok(error instanceof Error);
        assert.match(error.message, /is damaged/);
        return error.message.includes('Okafor');
      },
    },

    'today-in-utc': {
      question: 'in Auckland, in the morning of 15 June, is a child registered who was born today?',
      original: 'registered',
      changed: 'refused: is in the future: today is 2026-06-14',
      async observe(code, t) {
        const { stdout } = await runLines(
          code,
          t,
          `import { mock } from 'node:test';
          mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-06-15T08:00:00+12:00') });
          const clock = service.createSystemClock();
          const input = { lastName: 'Tane', firstName: 'Aroha', birthDate: '2026-06-15', sex: 'female' };
          try {
            domain.createPatient(input, { id: 'p', clock });
            console.log('registered');
          } catch (error) {
            console.log('refused:', error.details[0].message);
          }`,
          { TZ: 'Pacific/Auckland' },
        );
        return stdout;
      },
    },

    'same-day-only': {
      question: 'a doctor is busy from 23:45 to 0:15: can midnight to half past be booked?',
      original: 'conflict',
      changed: 'booked',
      async observe(code) {
        const storage = (await repositoryOf(code)).createMemoryStorage();
        const [busy, other] = [samplePatient(), samplePatient()];
        const across = { startsAt: '2027-03-01T23:45:00.000Z', endsAt: '2027-03-02T00:15:00.000Z' };
        const after = { startsAt: '2027-03-02T00:00:00.000Z', endsAt: '2027-03-02T00:30:00.000Z' };
        const doctorId = 'one';
        await storage.transaction(async (tx) => {
          for (const patient of [busy, other]) await tx.patients.insert(patient);
          await tx.appointments.insert(sampleAppointment({ patientId: busy.id, doctorId, ...across }));
        });
        const booking = storage.transaction((tx) =>
          tx.appointments.insert(sampleAppointment({ patientId: other.id, doctorId, ...after })),
        );
        return booking.then(
          () => 'booked',
          (error) => error.code,
        );
      },
    },

    'test-takes-turns': {
      question: 'what does the test of 40 writes say of a storage that loses writes?',
      original: 'failed',
      changed: 'passed',
      // The storage of the change is the one that loses writes: the test of either judges it.
      async observe(code, t, changed) {
        const file = changed.path('test/judging.test.ts');
        await copyFile(code.path('test/repository.test.ts'), file);
        t.after(() => rm(file, { force: true }));
        const env = { NODE_OPTIONS: '--test-name-pattern="40 writes"' };
        const { stdout, exitCode } = await runProgram(t, file, [], { cwd: changed.folder, env });
        assert.match(stdout, /40 writes through four openings/);
        return exitCode === 0 ? 'passed' : 'failed';
      },
    },
  },

  traps: {
    'look-then-read': {
      question:
        'somebody saves between the look at the file and the reading: how many patients are there next time?',
      both: 2,
      async observe(code, t) {
        const { open, storage: writer } = await openStorage(code, t);
        await add(writer);
        const reader = await open();
        const undo = await interruptAfterFirstLook(() => add(writer));
        t.after(undo);
        await reader.patients.list({});
        undo();
        return (await reader.patients.list({})).length;
      },
    },

    'flush-option': {
      question: 'is the new file on the disk before it takes the name of the old one?',
      both: true,
      async observe(code, t) {
        const { storage } = await openStorage(code, t);
        const seen = await flushesAndRenamesDuring(() => add(storage));
        return seen.includes('flush the file') && seen.indexOf('flush the file') < seen.indexOf('rename');
      },
    },

    'kept-folded-names': {
      question:
        'a patient who was searched for takes another name: who is found by the old one, and by the new?',
      both: { old: 0, new: 1 },
      async observe(code) {
        const storage = (await repositoryOf(code)).createMemoryStorage();
        const patient = samplePatient({ lastName: 'Okafor' });
        await storage.transaction((tx) => tx.patients.insert(patient));
        const found = async (search: string) => (await storage.patients.list({ search })).length;
        assert.equal(await found('okafor'), 1);
        const renamed = { ...patient, lastName: 'Nguyen', version: 2 };
        await storage.transaction((tx) => tx.patients.update(renamed));
        return { old: await found('okafor'), new: await found('nguyen') };
      },
    },
  },
});
