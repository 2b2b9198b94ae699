// Two processes add 50 patients each to one file, at the same time. How many are in it afterwards?
import { idsIn, newDataFile, startWriter, WRITERS } from './writers.ts';

for (const writer of WRITERS) {
  const file = newDataFile();
  const children = await Promise.all([startWriter(writer, file, 50), startWriter(writer, file, 50)]);
  for (const child of children) child.go();
  await Promise.all(children.map(({ ended }) => ended));

  const reported = children.flatMap((child) => child.reported());
  const kept = await idsIn(file);
  console.log(`${writer}: patients added ${reported.length}; in the file ${kept.size}`);
  if (writer === 'careful' && kept.size < 100) process.exitCode = 1;
}
