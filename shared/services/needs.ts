import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The services that a workspace says it needs, in its package.json: `"medcenter": { "services": ["postgres"] }`. */
export function servicesOf(workspace: string): string[] {
  const file = join(workspace, 'package.json');
  if (!existsSync(file)) return [];
  const { medcenter }: { medcenter?: { services?: string[] } } = JSON.parse(readFileSync(file, 'utf8'));
  return medcenter?.services ?? [];
}
