// Prints the lines of a log that hold all of the words, the last ten of them: FILE WORD WORD…
import { readFileSync } from 'node:fs';

const [file = '', ...words] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8').split('\n');
const found = lines.filter((line) => line !== '' && words.every((word) => line.includes(word)));
if (found.length > 10) console.log(`(${found.length} lines; the last ten are)`);
for (const line of found.slice(-10)) console.log(line);
