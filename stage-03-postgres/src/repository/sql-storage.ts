import { asStatements, type RunStatement } from '@medcenter/stage-02-http/repository';
import type { ClinicStorage, ClinicTransaction } from './clinic-storage.ts';
import type { Sql, SqlDatabase } from './sql.ts';
import { sqlAppointments } from './sql-appointments.ts';
import { sqlDoctors } from './sql-doctors.ts';
import { sqlIdempotencyKeys } from './sql-idempotency-keys.ts';
import { sqlPatients } from './sql-patients.ts';

/** The storage over a database: the same statements, whichever of the two it is. */
export function createSqlStorage(database: SqlDatabase): ClinicStorage {
  return {
    ...repositoriesOver(database),
    transaction: (work) => database.transaction((sql, run) => work(repositoriesOver(sql, run))),
    close: () => database.close(),
  };
}

/** Every verb is a statement: its refusal fails the transaction, even if nobody looks at it. */
function repositoriesOver(sql: Sql, run: RunStatement = (statement) => statement()): ClinicTransaction {
  return {
    patients: asStatements(sqlPatients(sql), run),
    doctors: asStatements(sqlDoctors(sql), run),
    appointments: asStatements(sqlAppointments(sql), run),
    idempotencyKeys: asStatements(sqlIdempotencyKeys(sql), run),
    sql,
  };
}
