// Signs in with a body like front-desk.json, and writes the token to a file in the folder `my`, as the header that a
// request needs: SERVER NAME. Then `curl -H "@my/NAME.txt"` is a request of this person.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [server, name = ''] = process.argv.slice(2);
const body = readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8');
const headers = { 'content-type': 'application/json' };
const answer = await fetch(`${server}/auth/login`, { method: 'POST', headers, body });
const { token, detail } = (await answer.json()) as { token?: string; detail?: string };
if (token === undefined) {
  console.error(`${answer.status}: ${detail}`);
  process.exitCode = 1;
} else {
  mkdirSync('my', { recursive: true });
  writeFileSync(join('my', `${name}.txt`), `authorization: Bearer ${token}\n`, { mode: 0o600 });
  console.log(`my/${name}.txt: authorization: Bearer ${token}`);
}
