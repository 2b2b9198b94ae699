import { conflict, type Doctor, isUuid, notFound } from '../domain/index.ts';
import type { DoctorRepository } from './clinic-storage.ts';
import { findNamed, listNamed, searchNameOf } from './named-rows.ts';
import type { Sql } from './sql.ts';

interface DoctorRow {
  readonly id: string;
  readonly last_name: string;
  readonly first_name: string;
  readonly middle_name: string | null;
  readonly specialty: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

const COLUMNS = 'id, last_name, first_name, middle_name, specialty, version, created_at, updated_at';

export function sqlDoctors(sql: Sql): DoctorRepository {
  return {
    find: async (id) => (await findNamed<DoctorRow>(sql, 'doctors', COLUMNS, id)).map(rowToDoctor)[0],
    list: async (query) => (await listNamed<DoctorRow>(sql, 'doctors', COLUMNS, query)).map(rowToDoctor),
    async insert(doctor) {
      const inserted = await sql.query(
        `INSERT INTO doctors (${COLUMNS}, search_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO NOTHING RETURNING id`,
        ...doctorToValues(doctor),
      );
      if (inserted.length === 0) throw conflict('there is a doctor with this id already');
    },
    async update(doctor) {
      const updated = await sql.query(
        `UPDATE doctors SET (${COLUMNS}, search_name) = ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         WHERE id = $1 AND version = $6 - 1 AND deleted_at IS NULL RETURNING id`,
        ...doctorToValues(doctor),
      );
      if (updated.length === 0) throw conflict('the doctor was changed meanwhile: read them again');
    },
    async delete(id, at) {
      const text = 'UPDATE doctors SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL RETURNING id';
      const deleted = isUuid(id) ? await sql.query(text, id, at) : [];
      if (deleted.length === 0) throw notFound('doctor', id);
    },
  };
}

function rowToDoctor(row: DoctorRow): Doctor {
  return {
    id: row.id,
    lastName: row.last_name,
    firstName: row.first_name,
    ...(row.middle_name !== null && { middleName: row.middle_name }),
    specialty: row.specialty,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** In the order of COLUMNS, and the name to search last. */
function doctorToValues(doctor: Doctor): unknown[] {
  const { id, lastName, firstName, middleName, specialty, version, createdAt, updatedAt } = doctor;
  return [
    id,
    lastName,
    firstName,
    middleName ?? null,
    specialty,
    version,
    createdAt,
    updatedAt,
    searchNameOf(doctor),
  ];
}
