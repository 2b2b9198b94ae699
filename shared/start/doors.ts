import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Stage } from '../stages.ts';

/** What a layer of the stage exports. */
export async function openDoor<Door>({ path }: Stage, layer: string): Promise<Door> {
  return await import(pathToFileURL(join(path, 'src', layer, 'index.ts')).href);
}
