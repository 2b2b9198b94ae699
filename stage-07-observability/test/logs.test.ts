import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, createLines, startProgram } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import pg from 'pg';
import { createLogLevel, toggleOnSignal } from '../src/app/log-level.ts';
import { createLogger, type LoggerOptions } from '../src/observability/index.ts';
import { createLog } from './logs-support.ts';

const SECRETS = { name: 'Zyxwvutsr', phone: '+4930555000111', token: 'tok_5c1e0f' };

test('a line begins with what it shares with others, then says of whom it is', () => {
  const { logger, tracing, lines, events } = createLog({ requestId: 'r-1' });
  tracing.span('x', {}, () => logger.info({ route: '/x' }, 'inside'));
  logger.info({ route: '/x' }, 'outside');
  assert.match(
    lines[0] ?? '',
    /^\{"time":"[^"]+","level":"info","message":"inside","service":"desk","trace_id":"[0-9a-f]{32}","span_id":"[0-9a-f]{16}","request_id":"r-1","route":"\/x"\}$/,
  );
  const { time: _, ...outside } = events()[1];
  assert.deepEqual(outside, {
    level: 'info',
    message: 'outside',
    service: 'desk',
    request_id: 'r-1',
    route: '/x',
  });
});

test('requestId is written as request_id, and wins over the current one', () => {
  const { logger, events } = createLog({ requestId: 'current' });
  logger.info({ requestId: 'own', status: 200 }, 'a');
  logger.child({ requestId: 'child' }).info('b');
  logger.info({ requestId: '' }, 'c');
  logger.info('d');
  const { logger: alone, events: eventsAlone } = createLog();
  alone.info({ requestId: undefined }, 'e');
  assert.deepEqual(
    events().map(({ request_id, requestId }) => [request_id, requestId]),
    [
      ['own', undefined],
      ['child', undefined],
      ['current', undefined],
      ['current', undefined],
    ],
  );
  assert.ok(!('request_id' in eventsAlone()[0]));
});

test('of a field that is not known, the name is written alone, at any depth', () => {
  const { logger, lines, events } = createLog();
  const { name, phone, token } = SECRETS;
  logger.info({ name, phone, token, headers: { authorization: token }, list: [name], afterMs: 5 }, 'a');
  logger
    .child({ patient: { lastName: name } })
    .warn({ topic: { name, offset: 3 }, reason: [{ phone }] }, 'b');
  logger.error({ error: { name: 'Error', lastName: name, cause: { phone, message: 'm' } } }, 'c');
  for (const secret of Object.values(SECRETS)) assert.ok(!lines.join('\n').includes(secret), secret);
  const [first, second, third] = events();
  assert.deepEqual(
    [first.name, first.headers, first.list, first.afterMs],
    ['[redacted]', '[redacted]', '[redacted]', 5],
  );
  assert.deepEqual([second.patient, second.topic.name, second.topic.offset], ['[redacted]', '[redacted]', 3]);
  assert.deepEqual(second.reason, [{ phone: '[redacted]' }]);
  assert.deepEqual(third.error, {
    name: 'Error',
    lastName: '[redacted]',
    cause: { phone: '[redacted]', message: 'm' },
  });
});

test('no field takes the place of what a line has by itself', () => {
  const { logger, events } = createLog({ requestId: 'r-1' });
  const fields = { level: 'silly', message: 'm', time: 't', service: 's', trace_id: 't', request_id: 'r' };
  logger.info({ ...fields, status: 200 }, 'words');
  const [{ time, ...event }] = events();
  assert.match(time, /^\d{4}-/);
  assert.deepEqual(event, {
    level: 'info',
    message: 'words',
    service: 'desk',
    request_id: 'r-1',
    status: 200,
  });
});

test('what JSON cannot hold does not break the log', () => {
  const { logger, events } = createLog();
  const ring: Record<string, unknown> = {};
  ring.reason = ring;
  logger.info({ offset: 12n, startsAt: new Date(0), reason: ring }, 'odd');
  assert.deepEqual([events()[0].offset, events()[0].startsAt], ['12', '1970-01-01T00:00:00.000Z']);
});

test('an error keeps its name, code, message, stack and causes, and nothing that a driver adds', () => {
  const { logger, lines, events } = createLog();
  const cause = Object.assign(new Error('inner'), { detail: SECRETS.name, parameters: [SECRETS.phone] });
  const error = Object.assign(new TypeError('outer', { cause }), { code: 'E1', where: SECRETS.token });
  logger.error({ err: error }, 'failed');
  logger.error(error);
  for (const { error: told } of events()) {
    assert.deepEqual(Object.keys(told), ['name', 'code', 'message', 'stack', 'cause']);
    assert.match(told.stack, /logs\.test/);
    assert.equal(told.cause.message, 'inner');
  }
  for (const secret of Object.values(SECRETS)) assert.ok(!lines.join('\n').includes(secret), secret);
});

test('a message that quotes what could not be read loses the quotation, in its stack, too', () => {
  const { logger, lines, events } = createLog();
  const parse = (text: string) => {
    try {
      JSON.parse(text);
    } catch (error) {
      logger.error({ err: new Error('the copy is damaged', { cause: error }) }, 'failed');
    }
  };
  parse(`${SECRETS.name} is no JSON`);
  parse(`{"lastName": ${SECRETS.name}`);
  parse(`{"lastName":"${SECRETS.name}`); // V8 quotes nothing here.
  assert.ok(!lines.join('\n').includes(SECRETS.name));
  const [{ error }, , { error: kept }] = events();
  assert.match(error.cause.message, /^Unexpected token \[redacted\]$/);
  assert.match(error.cause.stack, /^SyntaxError: Unexpected token \[redacted\]\n\s+at JSON\.parse/);
  assert.match(kept.cause.message, /Unterminated string in JSON at position/);
});

suite('PostgreSQL', needsPostgres(), () => {
  test('its errors are logged without the values that they hold', async (t) => {
    const client = new pg.Client({ connectionString: await createDatabase(t) });
    await client.connect();
    t.after(() => client.end());
    await client.query('create table people (name text unique check (name <> $$x$$), born date)');
    await client.query('insert into people (name) values ($1)', [SECRETS.name]);
    const { logger, lines, events } = createLog();
    const statements: [string, unknown[]][] = [
      ['insert into people (name) values ($1)', [SECRETS.name]], // A unique key: its detail has the name.
      ['insert into people (born) values ($1)', [SECRETS.name]], // Of class 22: the message has it.
      ['select $1::uuid', [SECRETS.token]],
      ['select $1::int', [SECRETS.phone.replace('+', 'p')]],
    ];
    for (const [text, values] of statements) {
      await assert.rejects(client.query(text, values), (error) => {
        logger.error({ err: error }, 'failed');
        return true;
      });
    }
    const log = lines.join('\n');
    for (const secret of [SECRETS.name, SECRETS.token, SECRETS.phone.slice(1)])
      assert.ok(!log.includes(secret), secret);
    assert.deepEqual(
      events().map(({ error }) => error.code),
      ['23505', '22007', '22P02', '22P02'],
    );
    assert.match(events()[0].error.message, /duplicate key value violates unique constraint/);
    assert.match(events()[1].error.message, /^invalid input syntax for type date: \[redacted\]$/);
  });
});

type Level = LoggerOptions['level'];

function createLevels(configured: Level) {
  const { out, lines } = createLines();
  const logger = createLogger({ level: configured, service: 'desk', out });
  const told: unknown[] = [];
  const levels = createLogLevel(logger, { configured, onToggle: (message) => told.push(message) });
  return { logger, levels, told, messages: () => lines.map((line) => JSON.parse(line).message) };
}

test('the level goes to debug and back, says so, and tells others', () => {
  for (const [configured, other] of [
    ['info', 'debug'],
    ['error', 'debug'],
    ['fatal', 'debug'],
    ['debug', 'info'],
    ['trace', 'info'],
  ] as const) {
    const { logger, levels, told, messages } = createLevels(configured);
    levels.toggle();
    assert.equal(logger.level, other);
    levels.toggle();
    assert.equal(logger.level, configured);
    assert.deepEqual(messages(), [
      `the log level changes from ${configured} to ${other}`,
      `the log level changes from ${other} to ${configured}`,
    ]);
    assert.deepEqual(told, [{ logLevel: other }, { logLevel: configured }]);
  }
});

test('a process follows another one, and nothing else that comes its way', () => {
  const { logger, levels, told, messages } = createLevels('info');
  for (const stray of [undefined, null, 'x', {}, { logLevel: 'loud' }, { logLevel: 3 }]) levels.follow(stray);
  assert.equal(logger.level, 'info');
  levels.follow({ logLevel: 'debug' });
  levels.follow({ logLevel: 'debug' });
  assert.equal(logger.level, 'debug');
  assert.deepEqual([told, messages().length], [[], 1]);
});

test('on Windows no signal is listened to', () => {
  const before = process.listenerCount('SIGUSR2');
  toggleOnSignal({ toggle() {} }, 'win32');
  assert.equal(process.listenerCount('SIGUSR2'), before);
  toggleOnSignal({ toggle() {} }, 'linux')[Symbol.dispose]();
  assert.equal(process.listenerCount('SIGUSR2'), before);
});

test('SIGUSR2 changes the level of a program that runs', {
  skip: process.platform === 'win32',
}, async (t) => {
  const program = fileURLToPath(new URL('./fixtures/level-program.ts', import.meta.url));
  const child = startProgram(t, program, [], { cwd: await createFolder(t) });
  assert.ok(child.stdout && child.stderr);
  await once(child.stderr, 'data');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '');
  child.kill('SIGUSR2');
  assert.match((await next()).message, /from info to debug/);
  assert.equal((await next()).level, 'debug');
  child.kill('SIGUSR2');
  for (let event = await next(); !/from debug to info/.test(event.message); event = await next()) {
    assert.equal(event.message, 'a detail');
  }
  child.kill('SIGTERM');
  assert.equal((await lines.next()).done, true, 'no detail after that');
});
