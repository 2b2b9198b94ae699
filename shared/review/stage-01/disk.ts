import fs from 'node:fs/promises';
import { openFileMethods, replaceFunctions } from '../testing/file-system.ts';

/** From now on the file cannot be looked at or read; all others can. Answers how to mend it. */
export function failReadsOf(file: string, code: string): () => void {
  const failing = <Arguments extends readonly unknown[], Result>(
    name: string,
    own: (...args: Arguments) => Promise<Result>,
  ) => ({
    [name]: async (...args: Arguments) => {
      if (args[0] === file) throw Object.assign(new Error(`${code}: the disk fails`), { code });
      return own(...args);
    },
  });
  return replaceFunctions({
    ...failing('open', fs.open),
    ...failing('stat', fs.stat),
    ...failing('readFile', fs.readFile),
  });
}

/** What of flushing and renaming happens while `work` runs, in order. */
export async function flushesAndRenamesDuring(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const methods = await openFileMethods();
  const { sync } = methods;
  const rename = fs.rename;
  methods.sync = async function (this: fs.FileHandle) {
    seen.push((await this.stat()).isDirectory() ? 'flush the folder' : 'flush the file');
    return sync.call(this);
  };
  const undo = replaceFunctions({
    rename: async (...paths) => {
      seen.push('rename');
      return rename(...paths);
    },
  });
  try {
    await work();
    return seen;
  } finally {
    undo();
    methods.sync = sync;
  }
}

/**
 * Runs `meanwhile` between the first look at a file (its size, its times) and whatever its observer does next.
 * Answers how to undo it.
 */
export async function interruptAfterFirstLook(meanwhile: () => Promise<unknown>): Promise<() => void> {
  let looked = false;
  const interrupt = async <Stats>(stats: Promise<Stats>): Promise<Stats> => {
    const seen = await stats;
    if (!looked) {
      looked = true;
      await meanwhile();
    }
    return seen;
  };
  const methods = await openFileMethods();
  const [ownOfHandle, own] = [methods.stat, fs.stat];
  const statOfHandle = function (this: fs.FileHandle, ...args: Parameters<fs.FileHandle['stat']>) {
    return interrupt(ownOfHandle.apply(this, args));
  };
  const stat = (...args: Parameters<typeof fs.stat>) => interrupt(own(...args));
  Object.assign(methods, { stat: statOfHandle });
  const undo = replaceFunctions({ stat: stat as typeof fs.stat });
  return () => {
    undo();
    Object.assign(methods, { stat: ownOfHandle });
  };
}
