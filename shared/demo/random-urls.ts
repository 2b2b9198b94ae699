import { randomUUID } from 'node:crypto';

// Asks a server for that many pages that it does not have, each with a path of its own, and looks at what its numbers
// hold of them: SERVER COUNT. For the tour.

const AT_ONCE = 20;

const [server = '', wanted = '500'] = process.argv.slice(2);
const count = Number(wanted);

/** What `/metrics` holds, and which routes it tells apart. */
async function look(): Promise<{ lines: number; routes: Set<string> }> {
  const text = await (await fetch(`${server}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const routes = lines.flatMap((line) => /[{,]route="([^"]*)"/.exec(line)?.[1] ?? []);
  return { lines: lines.length, routes: new Set(routes) };
}

await look(); // So that these two routes are there before.
const before = await look();
let missing = 0;
for (let sent = 0; sent < count; sent += AT_ONCE) {
  const answers = Array.from({ length: Math.min(AT_ONCE, count - sent) }, async () => {
    const answer = await fetch(`${server}/${randomUUID()}/${randomUUID()}`);
    await answer.arrayBuffer();
    return answer.status;
  });
  missing += (await Promise.all(answers)).filter((status) => status === 404).length;
}
const after = await look();
const fresh = [...after.routes].filter((route) => !before.routes.has(route));
console.log(`asked for ${count} pages, ${missing} times 404
lines of /metrics: ${before.lines} before, ${after.lines} after
routes: ${before.routes.size} before, ${after.routes.size} after; new: ${fresh.map((route) => `route="${route}"`).join(', ') || '-'}`);
