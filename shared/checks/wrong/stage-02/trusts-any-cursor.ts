import { main, type Wrong } from './base.ts';

/** The cursor is the bare id, and whatever comes back is taken for one. */
export const wrong: Wrong = { caughtBy: 'altered-cursor-is-400' };

const writeCursor = (id: string) => Buffer.from(id).toString('base64url');
const readCursor = (cursor: string) => Buffer.from(cursor, 'base64url').toString();

if (import.meta.main) await main({ writeCursor, readCursor });
