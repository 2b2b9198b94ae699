import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLines } from '@medcenter/shared/testing';
import { createLogger } from '../src/observability/index.ts';

function createLog(level: 'info' | 'trace' = 'info') {
  const { out, lines } = createLines();
  return {
    log: createLogger({ level, service: 'desk', out }),
    events: () => lines.map((line) => JSON.parse(line)),
  };
}

test('a line is JSON: time, level, message, service, and what the event brings', () => {
  const { log, events } = createLog();
  log.info({ route: '/x', status: 200 }, 'request');
  log.warn('only words');
  const [first, second] = events();
  assert.match(first.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(
    { ...first, time: '' },
    { time: '', level: 'info', message: 'request', service: 'desk', route: '/x', status: 200 },
  );
  assert.deepEqual([second.level, second.message], ['warn', 'only words']);
});

test('a level below the one that was asked for writes nothing', () => {
  const { log, events } = createLog();
  log.debug('hidden');
  log.trace({ a: 1 }, 'hidden');
  log.fatal('shown');
  assert.deepEqual(
    events().map(({ level }) => level),
    ['fatal'],
  );
});

test('a child keeps the fields it was born with', () => {
  const { log, events } = createLog();
  log.child({ requestId: 'r-1' }).child({ step: 2 }).info('x');
  assert.deepEqual([events()[0].requestId, events()[0].step], ['r-1', 2]);
});

test('an error is written in full, with its causes, however it was handed over', () => {
  const { log, events } = createLog();
  const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'E1' });
  log.error(error);
  log.error({ err: error, step: 1 }, 'failed');
  log.error({ err: 'not an Error' }, 'failed');
  const [bare, wrapped, text] = events();
  for (const event of [bare, wrapped]) {
    assert.deepEqual(
      [event.error.message, event.error.code, event.error.cause.message],
      ['outer', 'E1', 'inner'],
    );
    assert.match(event.error.stack, /logger\.test/);
  }
  assert.deepEqual(
    [bare.message, wrapped.message, wrapped.step, text.error],
    ['outer', 'failed', 1, 'not an Error'],
  );
});

test('an error that is its own cause is written all the same', () => {
  const { out, lines } = createLines();
  const circle = new Error('round and round');
  circle.cause = circle;
  createLogger({ level: 'info', service: 'test', out }).error(circle, 'it failed');
  assert.equal(JSON.parse(lines[0] ?? '').error.cause.message, 'round and round');
});

test('whoever prepares the lines sees their fields, and the level may change for all children at once', () => {
  const { out, lines } = createLines();
  const prepare = (fields: object) => ({ ...fields, place: 'here' });
  const logger = createLogger({ level: 'info', service: 'test', out, prepare });
  const child = logger.child({ part: 1 });
  child.debug('too much');
  logger.level = 'debug';
  child.debug({ more: 2 }, 'now it counts');
  assert.equal(child.level, 'debug');
  const [{ part, more, place, message }, ...others] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([part, more, place, message], [1, 2, 'here', 'now it counts']);
  assert.deepEqual(others, []);
});
