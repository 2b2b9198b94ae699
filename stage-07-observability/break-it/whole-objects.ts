// Somebody looks for an error, and logs whole objects. What of them stands in the log then, for all who may read logs?
import { Writable } from 'node:stream';
import { createCorrelatedLogger, createLogger, type Logger } from '../src/observability/index.ts';

const TOKEN = 'GSIEekyUJi0Q7jTw4BQhex9FDzh7BtNyp-WZL5BFc7A';
const SECRETS = { token: TOKEN, phone: '+4915550100', 'date of birth': '1990-05-14', name: 'Okafor' };

const body = { lastName: SECRETS.name, birthDate: SECRETS['date of birth'], phone: SECRETS.phone };
const request = { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, body };
/** As a driver's error: it says which values were in the statement. */
const error = Object.assign(new Error('the statement failed'), {
  code: '23514',
  parameters: Object.values(body),
});

const FORBIDDEN = new Set(['password', 'token', 'phone', 'birthDate', 'parameters']);

function withoutForbidden(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutForbidden);
  const known = Object.entries(value).filter(([name]) => !FORBIDDEN.has(name));
  return Object.fromEntries(known.map(([name, each]) => [name, withoutForbidden(each)]));
}

function show(name: string, open: (out: Writable) => Logger): string[] {
  let text = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const log = open(out);
  log.info({ request }, 'what came');
  log.warn({ failed: { ...error } }, 'what the driver says');
  log.warn({ err: error, ms: 12 }, 'the same, in its place');
  const found = Object.entries(SECRETS).filter(([, secret]) => text.includes(secret));
  console.log(`${name.padEnd(36)}${found.map(([what]) => what).join(', ') || 'nothing'}`);
  return found.map(([what]) => what);
}

const line = { level: 'info', service: 'whole-objects' } as const;
const tracing = { ids: () => undefined };
console.log(`${'the log shows'.padEnd(36)}of what nobody may read`);
show('all fields', (out) => createLogger({ ...line, out }));
show('all but a list of forbidden ones', (out) =>
  createLogger({ ...line, out, prepare: (fields) => withoutForbidden(fields) as object }),
);
const shown = show('a list of known ones', (out) =>
  createCorrelatedLogger({ ...line, out, tracing, requestId: () => undefined }),
);
if (shown.length > 0) process.exitCode = 1;
