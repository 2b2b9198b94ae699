import { createHash } from 'node:crypto';

const CHECK_LENGTH = 6;

/**
 * A place in a list, as text that means nothing to a client: the id after which to go on, and a check over that id
 * and the list it belongs to. The check is no secret and guards none; it tells a cursor that was altered, or that
 * belongs to another search, from a good one.
 */
export function formatCursor(after: string, list: string): string {
  return Buffer.concat([checkOf(after, list), Buffer.from(after)]).toString('base64url');
}

/** The id; undefined when the cursor is not one of ours for this list. */
export function parseCursor(cursor: string, list: string): string | undefined {
  const after = Buffer.from(cursor, 'base64url').subarray(CHECK_LENGTH).toString();
  // Made again and compared, so that no second spelling of the same bytes passes.
  return after !== '' && formatCursor(after, list) === cursor ? after : undefined;
}

function checkOf(after: string, list: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([list, after]))
    .digest()
    .subarray(0, CHECK_LENGTH);
}
