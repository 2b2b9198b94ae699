// Watches a day of a doctor, as a display in the corridor does: SERVER NAME DOCTOR DATE. Each event is a line. When all
// that was there is told, it cancels the appointment that is named behind, sees that come, and leaves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [server, name, doctor, date, appointment] = process.argv.slice(2);
const authorization = readFileSync(join('my', `${name}.txt`), 'utf8')
  .replace('authorization: ', '')
  .trim();
const api = `${server}/api/v1`;

async function cancel(id: string): Promise<void> {
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ status: 'cancelled', cancellationReason: 'the patient has recovered' });
  await fetch(`${api}/appointments/${id}`, { method: 'PATCH', headers, body });
}

interface Event {
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
}

/** The fields of each event; what stands between two empty lines is one. */
async function* readEvents(answer: Response): AsyncGenerator<Event> {
  let text = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = block.split('\n').map((line) => line.split(/: (.*)/, 2));
      yield Object.fromEntries(fields);
    }
  }
}

const stream = `${api}/doctors/${doctor}/appointments/stream?date=${date}`;
for await (const { event, id, data = '{}' } of readEvents(
  await fetch(stream, { headers: { authorization } }),
)) {
  if (event === undefined) continue;
  const { startsAt = '', status = '' } = JSON.parse(data);
  console.log([event, startsAt, status, id].filter(Boolean).join('  '));
  if (event === 'live' && appointment === undefined) break;
  if (event === 'live') await cancel(appointment ?? '');
  else if (status === 'cancelled') break;
}
