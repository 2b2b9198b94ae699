import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/** What most of us write first: read the list, put one more on it, write the list. Three defects live here. */
export async function add(file: string): Promise<string> {
  const content = await load(file);
  const patient = { id: randomUUID(), lastName: 'Okafor', firstName: 'Adaeze' };
  content.patients.push(patient);
  await writeFile(file, JSON.stringify(content, undefined, 2));
  return patient.id;
}

async function load(file: string): Promise<{ patients: unknown[] }> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return { patients: [] }; // There is no file yet, surely?
  }
}
