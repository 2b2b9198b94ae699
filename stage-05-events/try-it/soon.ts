// Writes the body of a booking that begins in some hours to a file in the folder `my`: FILE PATIENT DOCTOR HOURS.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [file = '', patientId, doctorId, hours] = process.argv.slice(2);
const at = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();
const begins = Number(hours) * 3_600_000;
const body = JSON.stringify({ patientId, doctorId, startsAt: at(begins), endsAt: at(begins + 1_800_000) });
mkdirSync('my', { recursive: true });
writeFileSync(join('my', file), body);
console.log(`my/${file}: ${body}`);
