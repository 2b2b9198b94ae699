import { readdirSync } from 'node:fs';
import type { Tour } from './tour.ts';

/** The numbers of the stages that have a tour: a file `stage-NN.ts` here. */
export function listTours(): number[] {
  const files = readdirSync(import.meta.dirname).filter((name) => /^stage-\d\d\.ts$/.test(name));
  return files.map((name) => Number(name.slice(6, 8))).sort((a, b) => a - b);
}

export async function loadTour(stage: number): Promise<Tour> {
  const { tour } = await import(`./stage-${String(stage).padStart(2, '0')}.ts`);
  return tour;
}
