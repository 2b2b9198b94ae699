import { conflict, isUuid, notFound, type Patient, type Sex } from '../domain/index.ts';
import type { ClinicTransaction } from './clinic-storage.ts';
import { findNamed, listNamed, searchNameOf } from './named-rows.ts';
import { createBinder, type Sql } from './sql.ts';

interface PatientRow {
  readonly id: string;
  readonly last_name: string;
  readonly first_name: string;
  readonly middle_name: string | null;
  readonly birth_date: string;
  readonly sex: Sex;
  readonly phone: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

const COLUMNS =
  'id, last_name, first_name, middle_name, birth_date, sex, phone, version, created_at, updated_at';

export function sqlPatients(sql: Sql): ClinicTransaction['patients'] {
  return {
    find: async (id) => (await findNamed<PatientRow>(sql, 'patients', COLUMNS, id)).map(rowToPatient)[0],
    list: async (query) => (await listNamed<PatientRow>(sql, 'patients', COLUMNS, query)).map(rowToPatient),
    async insert(patient) {
      const [inserted] = await insertMissing(sql, [patient]);
      if (!inserted) throw conflict('there is a patient with this id already');
    },
    insertMissing: (patients) => insertMissing(sql, patients),
    async update(patient) {
      const updated = await sql.query(
        `UPDATE patients SET (${COLUMNS}, search_name) = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         WHERE id = $1 AND version = $8 - 1 RETURNING id`,
        ...patientToValues(patient),
      );
      if (updated.length === 0) throw conflict('the patient was changed meanwhile: read them again');
    },
    async delete(id) {
      if (!isUuid(id)) throw notFound('patient', id);
      await sql.query('DELETE FROM appointments WHERE patient_id = $1', id);
      const deleted = await sql.query('DELETE FROM patients WHERE id = $1 RETURNING id', id);
      if (deleted.length === 0) throw notFound('patient', id);
    },
  };
}

async function insertMissing(sql: Sql, patients: readonly Patient[]): Promise<string[]> {
  if (patients.length === 0) return [];
  const { values, bind } = createBinder();
  const rows = patients.map((patient) => `(${patientToValues(patient).map(bind).join(', ')})`);
  const inserted = await sql.query<{ id: string }>(
    `INSERT INTO patients (${COLUMNS}, search_name) VALUES ${rows.join(', ')}
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    ...values,
  );
  return inserted.map(({ id }) => id);
}

function rowToPatient(row: PatientRow): Patient {
  return {
    id: row.id,
    lastName: row.last_name,
    firstName: row.first_name,
    ...(row.middle_name !== null && { middleName: row.middle_name }),
    birthDate: row.birth_date,
    sex: row.sex,
    ...(row.phone !== null && { phone: row.phone }),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** In the order of COLUMNS, and the name to search last. */
function patientToValues(patient: Patient): unknown[] {
  const { id, lastName, firstName, middleName, birthDate, sex, phone, version, createdAt, updatedAt } =
    patient;
  return [
    id,
    lastName,
    firstName,
    middleName ?? null,
    birthDate,
    sex,
    phone ?? null,
    version,
    createdAt,
    updatedAt,
    searchNameOf(patient),
  ];
}
