// A copy that broke off, a disk that was full, an editor's slip: the file ends in the middle. Then someone adds one
// more patient.
import { readFile, truncate } from 'node:fs/promises';
import { idsIn, newDataFile, WRITERS } from './writers.ts';

for (const writer of WRITERS) {
  const { add } = await import(`./${writer}.ts`);
  const file = newDataFile();
  for (let added = 0; added < 3; added++) await add(file);
  await truncate(file, 200);
  const torn = await readFile(file);

  const answer = await add(file).then(
    () => 'added',
    (error: { code?: string }) => `refused (${error.code})`,
  );

  const untouched = torn.equals(await readFile(file));
  const left = untouched ? 'the file is as it was' : `patients in the file: ${(await idsIn(file)).size}`;
  console.log(`${writer}: 3 patients, then half a file; one more: ${answer}; ${left}`);
  if (writer === 'careful' && !untouched) process.exitCode = 1;
}
