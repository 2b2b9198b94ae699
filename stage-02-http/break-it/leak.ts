// An editor's slip takes one quote out of the data file while the server runs. What is a stranger told who asks?
import { readFile, writeFile } from 'node:fs/promises';
import { openCareful, openNaive, send } from './servers.ts';

const OKAFOR = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' };

for (const open of [openNaive, openCareful]) {
  await using server = await open();
  const path = server.name === 'naive' ? '/patients' : '/api/v1/patients';
  await send('POST', server.url + path, OKAFOR);
  const content = await readFile(server.file, 'utf8');
  await writeFile(server.file, content.replace('"Adaeze"', 'Adaeze"'));

  const answer = await fetch(server.url + path);
  console.log(`${server.name}: ${answer.status} ${await answer.text()}`);
  const logged = server.log.map((line) => JSON.parse(line)).find(({ level }) => level === 'error');
  if (logged) {
    const message = logged.error.message.replace(server.file, 'patients.json');
    console.log(`${server.name}, its log: ${logged.requestId} ${message}`);
  }
}
