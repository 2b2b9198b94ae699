import createError from '@fastify/error';
import { parseCursor } from '@medcenter/stage-02-http/transport/http';

export const BadCursor = createError(
  'FST_ERR_BAD_CURSOR',
  'The cursor is not one that this list gave: begin without one.',
  400,
);

/** Where a page begins: the text that the cursor holds, empty for the first page. @throws a 400 for a cursor of another list */
export function placeIn(list: string, cursor: string): string {
  const place = cursor === '' ? '' : parseCursor(cursor, list);
  if (place === undefined) throw new BadCursor();
  return place;
}
