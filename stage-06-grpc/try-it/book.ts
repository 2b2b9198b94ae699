// Books a slot over gRPC: DOCTOR PATIENT STARTS-AT, and a KEY if the same line may be typed twice.
import { DomainError } from '../src/domain/index.ts';
import { openOwnClient } from './open-client.ts';

const [doctorId = '', patientId = '', startsAt = '', idempotencyKey] = process.argv.slice(2);
const client = openOwnClient();
try {
  const { id, endsAt } = await client.bookSlot({ doctorId, patientId, startsAt }, { idempotencyKey });
  console.log(`${id} until ${endsAt}`);
} catch (error) {
  if (!(error instanceof DomainError)) throw error;
  console.log(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  client.close();
}
