import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type FileSystem = typeof fs;

/** Puts other functions in the place of some of `node:fs/promises`, for all who import them. Answers how to undo it. */
export function replaceFunctions(others: Partial<FileSystem>): () => void {
  const own = Object.fromEntries(Object.keys(others).map((name) => [name, Reflect.get(fs, name)]));
  const put = (functions: object) => {
    Object.assign(fs, functions);
    syncBuiltinESMExports();
  };
  put(others);
  return () => put(own);
}

/** The methods that every open file has; a method put here is everyone's. */
export async function openFileMethods(): Promise<fs.FileHandle> {
  const handle = await fs.open(import.meta.filename);
  await handle.close();
  return Object.getPrototypeOf(handle);
}
