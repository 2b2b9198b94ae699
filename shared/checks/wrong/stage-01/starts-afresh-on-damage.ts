import { readFileSync } from 'node:fs';
import { type Data, main, type Wrong } from './base.ts';

/** Takes a file that it cannot parse for an empty one, and the next write makes that true. */
export const wrong: Wrong = { caughtBy: 'damaged-file-is-refused-untouched' };

function decodeOrEmpty(file: string): Data {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    return { version: 1, patients: [], appointments: [] };
  }
}

if (import.meta.main) await main({ decode: decodeOrEmpty });
