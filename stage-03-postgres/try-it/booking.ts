// Writes the body of a booking to a file in the folder `my`: FILE PATIENT DOCTOR FROM TO, the times as 10:00, in the
// clinic's own zone. A day far ahead, because the past cannot be booked.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [file = '', patientId, doctorId, from, to] = process.argv.slice(2);
const at = (time: string | undefined) => `2091-03-05T${time}:00+01:00`;
const body = JSON.stringify({ patientId, doctorId, startsAt: at(from), endsAt: at(to) });
mkdirSync('my', { recursive: true });
writeFileSync(join('my', file), body);
console.log(`my/${file}: ${body}`);
