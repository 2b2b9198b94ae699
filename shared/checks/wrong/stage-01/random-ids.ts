import { randomUUID } from 'node:crypto';
import { main, type Wrong } from './base.ts';

/** Takes UUIDs of version 4, which are unique and sort by chance. */
export const wrong: Wrong = { caughtBy: 'ids-are-uuid-v7' };

if (import.meta.main) await main({ newId: randomUUID });
