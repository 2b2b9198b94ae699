import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { readConfig, variables } from '../src/config/index.ts';
import { type EventLog, openKafkaLog, openSqliteLog } from '../src/events/index.ts';
import { eventually, sampleDoctorInput } from './contracts/index.ts';
import { command, createBooker, end, runMain, startServer, totals } from './program.ts';
import { ADMIN_PASSWORD, EMBEDDED, PROFILES, SYSTEM_CLOCK, signIn, startApi } from './support.ts';

async function openLog(t: TestContext, env: Record<string, string>): Promise<EventLog> {
  const {
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    EVENTS_FILE: file,
  } = readConfig(variables, env);
  const log = await (brokers ? openKafkaLog({ brokers, prefix }) : openSqliteLog(file, SYSTEM_CLOCK));
  t.after(() => log.close());
  return log;
}

for (const profile of PROFILES) {
  suite(`the program, ${profile.name}`, profile.suite, () => {
    test('tells what happens, counts it, and says where; it ends on SIGTERM with exit code 0', async (t) => {
      const env = await profile.environment(t);
      const { url, child, said, logged } = await startServer(t, env);
      assert.match(said, /^storage: .+\ncache: .+\nsessions: .+\nevents: .+\nreminders: lines of .+\nAPI: /);
      if (!env.KAFKA_BROKERS) assert.match(said, /not Kafka: no partitions, no rebalance/);
      const client = await signIn(url);
      const { book, change, doctorId, nextTime } = await createBooker(client);
      const booked = [await book(), await book(), await book()].map(({ body }) => body.id);
      await change(booked[0], { status: 'cancelled', cancellationReason: 'ill' });
      await change(booked[1], nextTime());
      const items = [{ date: '2091-03-01', doctorId, booked: 3, cancelled: 1 }];
      await eventually(async () => {
        const { body } = await client.send('GET', '/api/v1/statistics');
        return JSON.stringify(body) === JSON.stringify({ items });
      });
      assert.equal(await end(child, 'SIGTERM'), 0);
      assert.doesNotMatch(logged(), /"level":"(warn|error)"/);
    });

    test('puts aside what it cannot read, for each group; dlq lists, shows and sends it again', async (t) => {
      const env = await profile.environment(t);
      const server = await startServer(t, env);
      const log = await openLog(t, env);
      const value = 'not json \u001b[31m';
      await log.publish([{ topic: 'appointments.cancelled', key: 'some key', value }]);
      const list = async () => {
        const { stdout, stderr, exitCode } = await command(env, 'dlq', 'list', '--json');
        assert.equal(exitCode, 0, stderr);
        return JSON.parse(stdout) as { id: string; group: string; attempts: number; error: string }[];
      };
      const letters = await eventually(async () => {
        const found = await list();
        return found.length === 2 && found;
      });
      assert.deepEqual(letters.map(({ group }) => group).sort(), [
        'medcenter.reminders',
        'medcenter.statistics',
      ]);
      for (const { error, attempts } of letters)
        assert.deepEqual([error, attempts], ['the message is not JSON', 1]);
      const [{ id } = assert.fail()] = letters;
      assert.match(id, /^appointments\.cancelled\.dlq\/\d\/0$/);

      const shown = await command(env, 'dlq', 'show', '--id', id);
      assert.deepEqual(JSON.parse(shown.stdout).value, value);
      assert.equal(JSON.parse(shown.stdout).headers['dlq-topic'], 'appointments.cancelled');
      for (const { stdout } of [shown, await command(env, 'dlq', 'list')])
        assert.ok(!stdout.includes('\u001b['));

      const dry = await command(env, 'dlq', 'redrive', '--all', '--dry-run');
      assert.deepEqual(
        dry.stdout.trim().split('\n').sort(),
        letters.map((letter) => `would send ${letter.id}`).sort(),
      );
      assert.equal((await list()).length, 2);

      assert.equal(await end(server.child, 'SIGTERM'), 0); // Nobody reads it meanwhile.
      const one = await command(env, 'dlq', 'redrive', '--id', id);
      assert.deepEqual(
        one.stdout.trim().split('\n').sort(),
        letters.map((letter) => `sent ${letter.id}`).sort(),
      );
      assert.deepEqual([one.stderr, one.exitCode], ['1 message.\n', 0]); // Two letters, of one message.
      assert.equal((await list()).length, 0);
      const sent = [];
      for await (const message of log.list(['appointments.cancelled'])) sent.push(message);
      assert.deepEqual(
        sent.map((message) => [message.key, message.value, message.headers]),
        Array(2).fill(['some key', value, {}]),
      );
      const none = await command(env, 'dlq', 'redrive', '--all');
      assert.deepEqual([none.stdout, none.stderr, none.exitCode], ['', '0 messages.\n', 0]);
      assert.equal((await command(env, 'dlq', 'list')).stdout, '');
    });

    test('a replay ends at the same figures', async (t) => {
      const env = await profile.environment(t);
      const { url } = await startServer(t, env);
      const client = await signIn(url);
      const { book, change } = await createBooker(client);
      for (let n = 0; n < 5; n++) {
        const { body } = await book();
        if (n % 2) await change(body.id, { status: 'cancelled', cancellationReason: 'ill' });
      }
      await eventually(async () => {
        const { booked, cancelled } = await totals(client);
        return booked === 5 && cancelled === 2;
      });
      const replayed = await command(env, 'replay');
      assert.deepEqual([replayed.stderr, replayed.exitCode], ['Counted 7 events.\n', 0]);
      assert.deepEqual(await totals(client), { booked: 5, cancelled: 2 });
    });

    test('of two programs, one does each thing: figures and reminders are right', async (t) => {
      const env = await profile.environment(t);
      const lead = { ...env, REMINDER_LEAD_HOURS: '8760' };
      const [one, other] = [await startServer(t, lead), await startServer(t, lead)];
      const [here, there] = [await signIn(one.url), await signIn(other.url)];
      const { book } = await createBooker(here);
      for (let n = 0; n < 20; n++) assert.equal((await book(n % 2 ? here : there)).status, 201);
      for (const client of [here, there]) {
        await eventually(async () => (await totals(client)).booked >= 20, { patienceMs: 20_000 });
        assert.equal((await totals(client)).booked, 20);
      }
    });
  });
}

suite('GET /api/v1/statistics', () => {
  test('is for all who have signed in, and refuses what is no date', async (t) => {
    const env = await EMBEDDED.environment(t);
    const { url, stranger } = await startApi(t, env);
    const admin = await signIn(url);
    const { body: doctor } = await admin.send('POST', '/api/v1/doctors', sampleDoctorInput());
    for (const [name, ...more] of [['receptionist'], ['doctor', '--doctor-id', doctor.id]]) {
      const args = ['user', 'add', '--username', `a-${name}`, '--role', `${name}`, ...more];
      const added = await runMain(t, env, args, `${ADMIN_PASSWORD}\n`);
      assert.equal(added.exitCode, 0, added.stderr);
      const client = await signIn(url, `a-${name}`);
      const { status, body } = await client.send('GET', '/api/v1/statistics?from=2027-03-01&to=2027-03-31');
      assert.deepEqual([status, body], [200, { items: [] }]);
    }
    assert.equal((await stranger.send('GET', '/api/v1/statistics')).status, 401);
    for (const [query, path] of [
      ['from=2027-02-30', '/from'],
      ['to=soon', '/to'],
      ['from=', '/from'],
    ]) {
      const { status, body } = await admin.send('GET', `/api/v1/statistics?${query}`);
      assert.deepEqual([status, body.errors?.[0]?.path], [400, path], query);
    }
    assert.equal((await admin.send('GET', `/api/v1/statistics?doctorId=${doctor.id}`)).status, 200);
    assert.equal((await admin.send('GET', '/api/v1/statistics?doctorId=nobody')).status, 200);
  });

  test('refuses wrong commands and settings, and says how they are right', async (t) => {
    const env = await EMBEDDED.environment(t);
    for (const { args, exitCode, says } of [
      { args: ['dlq'], exitCode: 2, says: /dlq wants list, show or redrive/ },
      { args: ['dlq', 'redrive'], exitCode: 2, says: /either --id ID or --all/ },
      { args: ['dlq', 'redrive', '--all', '--id', 'x'], exitCode: 2, says: /either --id ID or --all/ },
      { args: ['dlq', 'show', '--id', 'x'], exitCode: 1, says: /dead letter/ },
      { args: ['dlq', 'show'], exitCode: 2, says: /id/ },
      { args: ['dlq', 'forget'], exitCode: 2, says: /forget/ },
    ]) {
      const result = await command(env, ...args);
      assert.deepEqual([result.exitCode, result.stdout], [exitCode, ''], `${args}: ${result.stderr}`);
      assert.match(result.stderr, says);
    }
    const noFile = await runMain(t, { ...env, EVENTS_FILE: dirname(env.EVENTS_FILE ?? '') }, []);
    assert.equal(noFile.exitCode, 1);
    assert.match(noFile.stderr, /cannot be used as a database \(.+\): set EVENTS_FILE\.\n$/);
    const wrong = {
      KAFKA_BROKERS: 'kafka',
      KAFKA_TOPIC_PREFIX: 'a b',
      REMINDER_LEAD_HOURS: '-1',
      SMTP_URL: 'http://hush@127.0.0.1',
    };
    const { stderr, exitCode } = await runMain(t, { ...env, ...wrong }, []);
    assert.equal(exitCode, 2);
    for (const name of Object.keys(wrong))
      assert.match(stderr, new RegExp(`^${name} holds .*, and wants `, 'm'));
    assert.ok(!stderr.includes('hush'));
  });
});
