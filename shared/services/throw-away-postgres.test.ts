import { suite, test } from 'node:test';
import { needsPostgres } from '../testing/postgres.ts';
import { askPostgres } from './postgres-url.ts';
import { disposeOfAbandonedPostgres } from './throw-away-postgres.ts';
import { assertOutlivesItsOwner } from './throw-away-testing.ts';

suite('a server that is thrown away', needsPostgres(), () => {
  test('outlives an owner that is killed, also frozen, and is ended by the next one', (t) =>
    assertOutlivesItsOwner(t, {
      name: 'Postgres',
      disposeOfAbandoned: disposeOfAbandonedPostgres,
      ask: (url) => askPostgres(url),
    }));
});
