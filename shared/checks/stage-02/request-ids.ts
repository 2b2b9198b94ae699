import { expect } from '../harness.ts';
import { type ApiCheck, lesson, PATIENTS } from './check.ts';
import { rareLetters } from './people.ts';

/** Answers of every kind: an id under which the log tells more is wanted for the errors most of all. */
const calls = [
  { method: 'GET', path: '/health' },
  { method: 'GET', path: PATIENTS },
  { method: 'GET', path: `${PATIENTS}/nobody` },
  { method: 'GET', path: '/nowhere' },
  { method: 'POST', path: PATIENTS, body: {} },
  { method: 'POST', path: PATIENTS, body: '{' },
  { method: 'POST', path: PATIENTS, body: 'x', headers: { 'Content-Type': 'text/plain' } },
];

const WELL_FORMED = /^[!-~]{1,200}$/;

export const requestIds: ApiCheck[] = [
  {
    name: 'request-id-is-taken',
    why: 'One id through all programs is how a complaint of yesterday is found in five logs.',
    hint: 'Answer with the X-Request-Id that came, where it is well-formed, also on errors.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      for (const call of calls) {
        for (const id of ['0198c0de-1234-7000-8000-00000000abcd', `desk-${rareLetters()}`]) {
          const reply = await api.send({ ...call, headers: { ...call.headers, 'X-Request-Id': id } });
          expect(reply.headers['x-request-id'] === id, `X-Request-Id: ${id}`, reply);
        }
      }
    },
  },
  {
    name: 'request-id-is-made',
    why: 'Whoever sends no id still needs one to complain with.',
    hint: 'Make a new one for each request that brings none, and answer with it, also on errors.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const seen = new Set<string>();
      for (const call of [...calls, ...calls]) {
        const reply = await api.send(call);
        const id = reply.headers['x-request-id'];
        expect(typeof id === 'string' && WELL_FORMED.test(id), 'an X-Request-Id without spaces', reply);
        expect(!seen.has(id), 'another X-Request-Id than any before', reply);
        seen.add(id);
      }
    },
  },
  {
    name: 'malformed-request-id-is-replaced',
    why: 'What a stranger may write into the log unread can forge it, flood it, or break whoever reads it.',
    hint: 'Take letters, digits and a few signs up to a fair length; instead of anything else make an id of your own.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      for (const id of [
        'two words',
        '{"level":"error"}',
        '<script>',
        'x'.repeat(2_000),
        'a"b',
        'caf\u00e9',
        'a\tb',
      ]) {
        const reply = await api.get('/health', { 'X-Request-Id': id });
        expect(reply.status === 200 || reply.status === 400, 'status 200', reply);
        const given = reply.headers['x-request-id'];
        const replaced = typeof given === 'string' && given !== id && WELL_FORMED.test(given);
        expect(replaced, 'an X-Request-Id that is not the one that was sent', reply);
      }
    },
  },
];
