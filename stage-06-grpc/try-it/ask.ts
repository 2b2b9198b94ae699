// Writes a question to a file in the folder `my`, for curl and buf. Which slots are free: FILE DOCTOR FROM TO. What a day
// has: FILE DOCTOR DATE.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [file = '', doctor_id, from_date, to_date] = process.argv.slice(2);
const question = to_date === undefined ? { doctor_id, date: from_date } : { doctor_id, from_date, to_date };
const body = JSON.stringify(question);
mkdirSync('my', { recursive: true });
writeFileSync(join('my', file), body);
console.log(`my/${file}: ${body}`);
