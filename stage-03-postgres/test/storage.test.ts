import { suite } from 'node:test';
import type { ClinicStorage, Storage } from '../src/repository/index.ts';
import { clinicStorageContract, sampleDoctor, storageContract } from './contracts/index.ts';
import { DATABASES, openStorage } from './support.ts';

for (const { name, suite: options, place } of DATABASES) {
  suite(name, options, () => {
    storageContract(name, async (t) => withAnyDoctor(await openStorage(t, await place(t))));
    clinicStorageContract(name, async (t) => openStorage(t, await place(t)));
  });
}

/** Stage 1's contract knows no doctors: the one of each appointment is added with it. */
function withAnyDoctor(storage: ClinicStorage): Storage {
  return {
    ...storage,
    transaction: (work) =>
      storage.transaction((tx) =>
        work({
          ...tx,
          appointments: {
            ...tx.appointments,
            async insert(appointment) {
              const { id, lastName, firstName, specialty, createdAt } = sampleDoctor({
                id: appointment.doctorId,
              });
              await tx.sql.query(
                `INSERT INTO doctors (id, last_name, first_name, specialty, search_name, version, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, '', 1, $5, $5) ON CONFLICT (id) DO NOTHING`,
                id,
                lastName,
                firstName,
                specialty,
                createdAt,
              );
              await tx.appointments.insert(appointment);
            },
          },
        }),
      ),
  };
}
