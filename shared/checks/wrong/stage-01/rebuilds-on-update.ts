import { main, program, type Wrong } from './base.ts';

/** Makes a new record of the old one: it begins at version 1 again, created just now. */
export const wrong: Wrong = { caughtBy: 'update-counts-versions' };

const changed: typeof program.changed = (old, fields) => ({
  ...program.created({ ...old, ...fields }),
  id: old.id,
});

if (import.meta.main) await main({ changed });
