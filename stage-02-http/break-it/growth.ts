// How long does the API take to answer when the file holds so many patients already, and how much memory does the
// server need? The server is a process of its own; each figure is the best of several over real HTTP.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newDataFile, send } from './servers.ts';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const OKAFOR = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' };
// Runs in the measured process: whenever it is asked, it tells the most memory that it ever held, in kilobytes.
const REPORT =
  'process.on("message", () => process.send(process.resourceUsage().maxRSS)); process.channel.unref()';

const sizes = process.argv.slice(2).map(Number);
console.log('patients   GET by id   first page     search       POST   GET after POST   memory');
for (const size of sizes.length > 0 ? sizes : [1_000, 10_000, 100_000]) {
  const file = newDataFile();
  fill(file, size);
  const { child, url } = await startServer(file);
  try {
    const cells = [...(await measure(`${url}/api/v1/patients`, size)), await memoryOf(child)];
    console.log([String(size).padStart(8), ...cells].join('   '));
  } finally {
    child.kill('SIGKILL');
  }
}

/** The best milliseconds of each kind of request, as cells of the table. */
async function measure(url: string, size: number): Promise<string[]> {
  const read = async (path: string, runs = 15) => {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) times.push(await time(() => send('GET', url + path)));
    return Math.min(...times);
  };
  await read(''); // The first answers read the file and warm the code.
  const [byId, page] = [await read(`/${idOf(size - 1)}`), await read('?limit=20')];
  const search = await read('?limit=20&search=okafor%20zzz');
  const posts: number[] = [];
  const afterPosts: number[] = [];
  for (let run = 0; run < 5; run++) {
    posts.push(await time(() => send('POST', url, OKAFOR)));
    afterPosts.push(await read(`/${idOf(0)}`, 1));
  }
  const widths = [9, 10, 8, 8, 14];
  return [byId, page, search, Math.min(...posts), Math.min(...afterPosts)].map((ms, column) =>
    `${ms.toFixed(1)} ms`.padStart(widths[column] ?? 0),
  );
}

async function time(request: () => Promise<{ status: number }>): Promise<number> {
  const begun = performance.now();
  const { status } = await request();
  if (status >= 400) throw new Error(`the server answered ${status}`);
  return performance.now() - begun;
}

/** Its address is in what it says when it is ready. */
async function startServer(file: string): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(MAIN, {
    execArgv: ['--import', `data:text/javascript,${REPORT}`],
    env: { DATA_FILE: file, PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  for await (const chunk of child.stderr?.setEncoding('utf8') ?? []) {
    said += chunk;
    const [, url] = /(http:\/\/[\d.:]+)\/api/.exec(said) ?? [];
    if (url) return { child, url };
  }
  throw new Error(`the server did not start: ${said}`);
}

async function memoryOf(child: ChildProcess): Promise<string> {
  child.send('memory');
  const [kilobytes] = await once(child, 'message');
  return `${Math.round(kilobytes / 1024)} MB`.padStart(6);
}

function fill(file: string, size: number): void {
  const now = new Date().toISOString();
  const patients = Array.from({ length: size }, (_, index) => {
    return { id: idOf(index), ...OKAFOR, version: 1, createdAt: now, updatedAt: now };
  });
  writeFileSync(file, JSON.stringify({ version: 1, patients, appointments: [] }, undefined, 2));
}

function idOf(index: number): string {
  return String(index).padStart(36, '0');
}
