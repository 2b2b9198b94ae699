import { fillClinic } from '@medcenter/stage-03-postgres/test/fixtures';
import {
  type ClinicStorage,
  createSqlStorage,
  migrations,
  openDatabase,
} from '@medcenter/stage-05-events/repository';
import type { BenchPostgres } from './bench-postgres.ts';

/** A database of stage 5, with so many patients and doctors. */
export async function openEventStorage(
  stack: AsyncDisposableStack,
  { postgres, name, people }: { postgres: BenchPostgres; name: string; people: number },
): Promise<ClinicStorage> {
  const url = await postgres.create(name);
  const limits = { statementMs: 600_000, poolSize: 10 };
  const database = await openDatabase({ url, file: '', limits }, migrations);
  const storage = stack.adopt(createSqlStorage(database), (opened) => opened.close());
  await fillClinic(database, { patients: people, doctors: people, appointments: 0, busyDoctors: people });
  return storage;
}
