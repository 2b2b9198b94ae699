import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { main, type Wrong } from './base.ts';

/** Writes the first password down, so that it can be looked up at each start. */
export const wrong: Wrong = { caughtBy: 'made-up-password-is-shown-once' };

const FILE = 'first-password.txt';

if (import.meta.main)
  await main({
    shown(password) {
      if (password !== undefined) writeFileSync(FILE, password);
      return existsSync(FILE) ? readFileSync(FILE, 'utf8') : undefined;
    },
  });
