// Writes the question which slots are free to a file in the folder `my`, for curl and buf: FILE DOCTOR FROM TO.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [file = '', doctor_id, from_date, to_date] = process.argv.slice(2);
const body = JSON.stringify({ doctor_id, from_date, to_date });
mkdirSync('my', { recursive: true });
writeFileSync(join('my', file), body);
console.log(`my/${file}: ${body}`);
