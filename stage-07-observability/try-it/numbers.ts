// Reads the numbers of a server as Prometheus does, with exemplars, and prints the lines that hold one of the words:
// SERVER WORD WORD… Zeros are left out.
const [server, ...words] = process.argv.slice(2);
const headers = { accept: 'application/openmetrics-text' };
const text = await (await fetch(`${server}/metrics`, { headers })).text();
for (const line of text.split('\n')) {
  const isWanted = !line.startsWith('#') && words.some((word) => line.includes(word));
  if (isWanted && !line.endsWith(' 0')) console.log(line);
}
