import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createClient, eventually } from './contracts/index.ts';
import {
  childrenOf,
  EMBEDDED,
  end,
  gone,
  isAlive,
  type Line,
  MONDAY,
  PROFILES,
  runMain,
  startPractice,
} from './program.ts';

const SERVICES = ['medcenter', 'medcenter-schedule'];

for (const profile of PROFILES) {
  suite(`the program, ${profile.name}`, profile.suite, () => {
    test('does what the stage before does, tells of it in lines of one form, and leaves no process', async (t) => {
      const practice = await startPractice(t, await profile.environment(t));
      const { client, url, path, book, pid, log, output, doctorId } = practice;
      const { status, body } = await createClient(url).send('GET', '/ready');
      const checks = { storage: 'up', cache: 'up', events: 'up', schedule: 'up' };
      assert.deepEqual([status, body], [200, { status: 'up', checks }]);
      const booked = await book('08:30', { 'x-request-id': 'a-booking-of-mine', 'idempotency-key': 'a-key' });
      assert.equal(booked.status, 201, JSON.stringify(booked.body));
      assert.deepEqual((await book('08:30', { 'idempotency-key': 'a-key' })).body, booked.body);
      assert.equal((await book('08:30')).status, 409);
      const slots = await client.send('GET', `${path}/slots?from=${MONDAY}&to=${MONDAY}`);
      assert.equal(slots.body.items.length, 3);
      await eventually(async () => {
        const { body: told } = await client.send('GET', '/api/v1/statistics');
        return (
          JSON.stringify(told.items) === JSON.stringify([{ date: MONDAY, doctorId, booked: 1, cancelled: 0 }])
        );
      });
      const { body: audit } = await client.send('GET', '/api/v1/audit?limit=100');
      const who = audit.items.find(({ requestId }: Line) => requestId === 'a-booking-of-mine');
      assert.deepEqual([who?.username, who?.action, who?.outcome], ['admin', 'create', 'success']);

      assert.equal((await end(practice, 'SIGTERM')).exitCode, 0);
      assert.ok(!isAlive(pid));
      assert.doesNotMatch(output.said, /Warning|Error/);
      for (const line of log()) {
        assert.deepEqual(Object.keys(line).slice(0, 4), ['time', 'level', 'message', 'service']);
        assert.match(line.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
        assert.equal(line.level, 'info');
        assert.ok(SERVICES.includes(line.service), line.service);
        if (line.route || line.code)
          assert.ok(line.trace_id && line.span_id && line.request_id, line.message);
      }
      assert.deepEqual([...new Set(log().map(({ service }) => service))].sort(), SERVICES);
    });
  });
}

suite('the level of the log', { skip: process.platform === 'win32' && 'Windows has no SIGUSR2' }, () => {
  test('is lowered in both processes by one signal, and raised by the next', async (t) => {
    const practice = await startPractice(t, { ...(await EMBEDDED.environment(t)), LOG_LEVEL: 'warn' });
    const { child, client, path, log } = practice;
    /** Who has something to tell of a request that both have a part in. */
    const heard = async () => {
      const before = log().length;
      await client.send('GET', `${path}/slots?from=${MONDAY}&to=${MONDAY}`);
      return log()
        .slice(before)
        .filter(({ route, code }) => route || code)
        .map(({ service }) => service)
        .sort();
    };
    const changed = (count: number) =>
      eventually(
        () => log().filter(({ message }) => message.startsWith('the log level changes')).length === count,
      );
    assert.deepEqual(log(), []);
    child.kill('SIGUSR2');
    await changed(2);
    await eventually(async () => (await heard()).join() === SERVICES.join());
    child.kill('SIGUSR2');
    await changed(4);
    const lines = log().length;
    for (let n = 0; n < 5; n++) await heard();
    assert.equal(log().length, lines);
    assert.equal((await end(practice, 'SIGTERM')).exitCode, 0);
  });

  test('from info on, details come from both processes, and go away again', async (t) => {
    const { child, client, path, log } = await startPractice(t, await EMBEDDED.environment(t));
    const ask = () => client.send('GET', `${path}/slots?from=${MONDAY}&to=${MONDAY}`);
    const details = () => log().filter(({ level }) => level === 'debug');
    await ask();
    assert.deepEqual(details(), []);
    child.kill('SIGUSR2');
    await eventually(
      async () => {
        await ask();
        return new Set(details().map(({ service }) => service)).size === 2;
      },
      { what: 'details of both', patienceMs: 3_000 },
    );
    child.kill('SIGUSR2');
    await eventually(
      () => log().filter(({ message }) => message.includes('from debug to info')).length === 2,
    );
    const count = details().length;
    await ask();
    assert.equal(details().length, count);
  });
});

/** Throws what nobody catches, at SIGHUP. */
const DEFECT = `data:text/javascript,${encodeURIComponent(
  'process.on("SIGHUP", () => { setTimeout(() => { throw new Error("a defect", { cause: new Error("a cause") }) }) })',
)}`;

suite('an error that nobody caught', {
  skip: process.platform === 'win32' && 'Windows has no SIGHUP',
}, () => {
  test('ends the API with 1 and a line, and no process is left behind', async (t) => {
    const env = { ...(await EMBEDDED.environment(t)), NODE_OPTIONS: `--import=${DEFECT}` };
    const practice = await startPractice(t, env);
    const { exitCode, ms } = await end(practice, 'SIGHUP');
    assert.equal(exitCode, 1);
    assert.ok(ms < 3_000, `${ms}`);
    const last = practice.log().findLast(({ service }) => service === 'medcenter') ?? {};
    assert.deepEqual(
      [last.level, last.origin, last.error?.message, last.error?.cause?.message],
      ['fatal', 'uncaughtException', 'a defect', 'a cause'],
    );
    assert.match(last.error.stack, /^Error: a defect\n\s+at /);
    await gone(practice.pid);
  });

  test('in the schedule service ends that one, which is started again', async (t) => {
    const env = { ...(await EMBEDDED.environment(t)), NODE_OPTIONS: `--import=${DEFECT}` };
    const { child, pid, book, log } = await startPractice(t, env);
    process.kill(pid, 'SIGHUP');
    await gone(pid);
    await eventually(async () => (await book('08:00')).status === 201);
    const fatal = log().filter(({ level }) => level === 'fatal');
    assert.deepEqual(
      fatal.map(({ service, error }) => [service, error.message]),
      [['medcenter-schedule', 'a defect']],
    );
    assert.ok(log().some(({ level, message }) => level === 'warn' && message.includes('ended with 1')));
    assert.notEqual((await childrenOf(child))[0], pid);
  });
});

test('a port that is taken is told in one line, and ends the schedule service, too', async (t) => {
  const { url } = await startPractice(t, await EMBEDDED.environment(t));
  const { port: PORT } = new URL(url);
  const { stderr, exitCode, stdout } = await runMain(t, { ...(await EMBEDDED.environment(t)), PORT }, []);
  const said = `Another program listens on 127.0.0.1:${PORT}: end it, or set PORT.\n`;
  assert.deepEqual([stderr, exitCode, stdout], [said, 1, '']);
});
