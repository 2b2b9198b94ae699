// Books the half hours from FIRST to LAST, and dies at the worst moment of the last one: WAY FOLDER PEOPLE FIRST LAST.
// dual-write.ts starts it.
import { book, openClinic } from './clinics.ts';
import { telling, type Way } from './ways-to-tell.ts';

const [way, folder, people = '', first, last] = process.argv.slice(2);

await using clinic = await openClinic(folder);
let isLast = false;
const storage = telling(clinic.storage, {
  way: way as Way,
  log: clinic.log,
  between: () => void (isLast && process.kill(process.pid, 'SIGKILL')),
});
for (let number = Number(first); number <= Number(last); number++) {
  isLast = number === Number(last);
  await book(storage, JSON.parse(people), number);
}
