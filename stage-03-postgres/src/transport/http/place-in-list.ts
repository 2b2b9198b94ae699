import { BadCursor, parseCursor } from '@medcenter/stage-02-http/transport/http';

/** Where a page begins: the text that the cursor holds, empty for the first page. @throws a 400 for a cursor of another list */
export function placeIn(list: string, cursor: string): string {
  const place = cursor === '' ? '' : parseCursor(cursor, list);
  if (place === undefined) throw new BadCursor();
  return place;
}
