import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { v7 as uuidv7 } from 'uuid';
import { createSqlStorage, type SqlDatabase, withSqlSpans } from '../src/repository/index.ts';
import { createPatientRegistry, createSystemClock } from '../src/service/index.ts';
import { clinicStorageContract, samplePatientInput } from './contracts/index.ts';
import {
  allTold,
  createTraces,
  inSpan,
  namesOf,
  openSql,
  spanOf,
  TRACED_DATABASES,
} from './traces-support.ts';

const PUT = 'INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)';
const LIST = `SELECT name
   FROM leases WHERE holder = $1`;
const UNTIL = '2027-02-01T10:00:00.000Z';

for (const { name, suite: options, place } of TRACED_DATABASES) {
  const system = name === 'SQLite' ? 'sqlite' : 'postgresql';
  suite(`spans of ${name}`, options, () => {
    const open = async (t: TestContext) => {
      const traces = createTraces(t);
      const plain = await openSql(t, await place(t));
      return { traces, plain, database: withSqlSpans(plain, traces.tracing) };
    };

    test('name the statement and say its text, and never its values', async (t) => {
      const { traces, database } = await open(t);
      const rows = await inSpan(traces, () => database.query(LIST, 'somebody secret'));
      assert.deepEqual(rows, []);
      const spans = await traces.end();
      assert.deepEqual(namesOf(spans), ['SELECT leases', 'outer']);
      const [{ kind, attributes, parentSpanContext } = assert.fail(), outer] = spans;
      assert.equal(kind, SpanKind.CLIENT);
      assert.equal(parentSpanContext?.spanId, outer?.spanContext().spanId);
      assert.deepEqual(
        { ...attributes },
        {
          'db.system.name': system,
          'db.operation.name': 'SELECT',
          'db.collection.name': 'leases',
          'db.query.text': 'SELECT name FROM leases WHERE holder = $1',
        },
      );
      assert.doesNotMatch(allTold(spans), /secret/);
    });

    test('stand in that of their transaction', async (t) => {
      const { traces, database } = await open(t);
      const rows = await inSpan(traces, () =>
        database.transaction(async (sql) => {
          await sql.lock('a secret key');
          await sql.query(PUT, 'lease', 'secret', UNTIL);
          return sql.query(LIST, 'secret');
        }),
      );
      assert.deepEqual(rows, [{ name: 'lease' }]);
      const spans = await traces.end();
      const locks = system === 'postgresql' ? ['LOCK'] : [];
      const inside = [...locks, 'INSERT leases', 'SELECT leases'];
      assert.deepEqual(namesOf(spans), [...inside, 'transaction', 'outer']);
      const transaction = spanOf(spans, 'transaction');
      assert.equal(transaction.attributes['db.system.name'], system);
      for (const each of inside) {
        assert.equal(spanOf(spans, each).parentSpanContext?.spanId, transaction.spanContext().spanId);
      }
      assert.doesNotMatch(allTold(spans), /secret/);
    });

    test('tell of a refusal and of a failure, which reach the caller as they were', async (t) => {
      const { traces, database } = await open(t);
      await inSpan(traces, async () => {
        await assert.rejects(database.query('SELECT nothing FROM nowhere'));
        const put = () => database.transaction((sql) => sql.query(PUT, 'lease', 'one', UNTIL));
        await put();
        await assert.rejects(put(), { code: 'conflict' });
      });
      const spans = await traces.end();
      const failed = spanOf(spans, 'SELECT nowhere');
      assert.equal(failed.status.code, SpanStatusCode.ERROR);
      assert.ok(failed.attributes['error.type']);
      const refused = spans.filter(({ attributes }) => attributes['error.type'] === 'conflict');
      assert.deepEqual(namesOf(refused), ['INSERT leases', 'transaction']);
      assert.equal(refused[0]?.status.code, SpanStatusCode.UNSET);
    });

    test('are not made outside of a span: whoever looks again and again fills nothing', async (t) => {
      const { traces, database } = await open(t);
      await database.query(LIST, 'x');
      await database.transaction((sql) => sql.query(PUT, 'lease', 'x', UNTIL));
      assert.deepEqual(await database.query(LIST, 'x'), [{ name: 'lease' }]);
      assert.deepEqual(await traces.end(), []);
    });

    test('leave the rest of the database as it was', async (t) => {
      const { plain, database } = await open(t);
      assert.equal(database.dialect, plain.dialect);
      assert.deepEqual(Object.keys(database).toSorted(), Object.keys(plain).toSorted());
      assert.equal(database.usage, plain.usage);
      assert.equal(database.othersCommits, plain.othersCommits);
      const dialectIn = (each: SqlDatabase) => each.transaction(async (sql) => sql.dialect);
      assert.deepEqual(await dialectIn(database), await dialectIn(plain));
    });

    test('of a registration hold nothing of the patient', async (t) => {
      const { traces, database } = await open(t);
      const storage = createSqlStorage(database);
      const patients = createPatientRegistry({ storage, newId: uuidv7, clock: createSystemClock() });
      const input = samplePatientInput();
      const { id } = await inSpan(traces, () => patients.register(input));
      const told = allTold(await traces.end());
      assert.match(told, /INSERT patients/);
      for (const secret of [id, input.lastName, input.firstName, input.phone]) {
        assert.ok(!told.includes(String(secret)), `${secret} in ${told}`);
      }
    });
  });

  suite(`with spans, ${name}`, options, () => {
    clinicStorageContract(`${name} with spans`, async (t) => {
      const traces = createTraces(t);
      return createSqlStorage(alwaysInSpan(withSqlSpans(await openSql(t, await place(t)), traces.tracing)));

      /** Each call is made in a span, so that the rules of transactions are seen to hold there. */
      function alwaysInSpan(database: SqlDatabase): SqlDatabase {
        return {
          ...database,
          query: (text, ...values) => inSpan(traces, () => database.query(text, ...values)),
          transaction: (work) => inSpan(traces, () => database.transaction(work)),
        };
      }
    });
  });
}

suite('the name of a statement', () => {
  const nameOf = async (t: TestContext, text: string) => {
    const traces = createTraces(t);
    const database = withSqlSpans(createDeafDatabase(), traces.tracing);
    await inSpan(traces, () => database.query(text));
    const [span = assert.fail()] = await traces.end();
    return { name: span.name, text: String(span.attributes['db.query.text']) };
  };

  for (const [text, expected] of [
    ['SELECT 1', 'SELECT'],
    ['UPDATE reminders SET x = $1 WHERE y IN (SELECT y FROM doctors)', 'UPDATE reminders'],
    ['DELETE FROM outbox WHERE position IN ($1, $2)', 'DELETE outbox'],
    ['INSERT INTO inbox (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $1', 'INSERT inbox'],
    ['SELECT count(*) AS count FROM outbox', 'SELECT outbox'],
    ['select key from (select unnest($1) as key) as keys', 'SELECT'],
  ] as const) {
    test(`"${text}" is ${expected}`, async (t) => assert.equal((await nameOf(t, text)).name, expected));
  }

  test('of many rows is short, and so is its text', async (t) => {
    const rows = Array.from({ length: 500 }, (_, n) => `($${2 * n + 1}, $${2 * n + 2})`);
    const { name, text } = await nameOf(t, `INSERT INTO patients (id, name) VALUES ${rows.join(', ')}`);
    assert.equal(name, 'INSERT patients');
    assert.ok(text.length <= 501, `${text.length}`);
  });

  test('is right also after thousands of texts', async (t) => {
    const traces = createTraces(t);
    const database = withSqlSpans(createDeafDatabase(), traces.tracing);
    await inSpan(traces, async () => {
      for (let n = 0; n < 2_000; n++) await database.query(`SELECT a FROM table_${n % 1_200}`);
    });
    const spans = await traces.end();
    assert.equal(spans[1_999]?.name, 'SELECT table_799');
  });
});

function createDeafDatabase(): SqlDatabase {
  return {
    query: async () => [],
    lock: async () => {},
    dialect: { name: 'SQLite', forUpdate: '', nameHolds: () => '' },
    transaction: async () => assert.fail(),
    usage: () => ({ busy: 0, idle: 0, waiting: 0 }),
    close: async () => {},
  };
}
