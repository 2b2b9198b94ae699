// Asks the schedule service over gRPC what is free, and shows each beginning in UTC and on the wall: DOCTOR FROM TO.
import { DomainError } from '../src/domain/index.ts';
import { openOwnClient } from './open-client.ts';
import { wallTime } from './wall-time.ts';

const [doctorId = '', from = '', to = from] = process.argv.slice(2);
const client = openOwnClient();
try {
  const { timeZone } = await client.getSchedule(doctorId);
  const slots = await client.availableSlots({ doctorId, from, to });
  for (const { startsAt } of slots) console.log(`${startsAt}  ${wallTime(startsAt, timeZone)}`);
  console.log(`${slots.length} slots.`);
} catch (error) {
  if (!(error instanceof DomainError)) throw error;
  console.log(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  client.close();
}
