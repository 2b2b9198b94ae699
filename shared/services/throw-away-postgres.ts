import { randomBytes } from 'node:crypto';
import { openLocalPostgres } from './local-postgres.ts';
import { postgresUrl } from './postgres-url.ts';
import { createThrowAwayFolder, disposeOfAbandoned, startThrowAway, type ThrowAway } from './throw-away.ts';

/**
 * A PostgreSQL with new data on a free port, for tests. Its address is that of the database `postgres`, for the
 * superuser.
 *
 * @throws ServiceError when this machine cannot run it
 */
export async function startThrowAwayPostgres(options: {
  detached: boolean;
  signal?: AbortSignal;
}): Promise<ThrowAway> {
  const folder = createThrowAwayFolder('postgres');
  const password = randomBytes(16).toString('hex');
  const server = openLocalPostgres({ folder, password, throwAway: true, signal: options.signal });
  return await startThrowAway({ server, folder, urlOf: (port) => postgresUrl({ port, password }) }, options);
}

/** Ends the servers whose owner could not, because it was itself killed. */
export async function disposeOfAbandonedPostgres(): Promise<void> {
  await disposeOfAbandoned('postgres', (folder) => openLocalPostgres({ folder, password: '' }));
}
