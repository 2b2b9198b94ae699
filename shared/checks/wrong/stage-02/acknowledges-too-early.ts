import { program } from '../stage-01/base.ts';
import { type Data, main, server, type Wrong } from './base.ts';

/** Answers from memory and writes a little later: whoever was told 201 in between is gone after a power cut. */
export const wrong: Wrong = { caughtBy: 'kill-nine-keeps-what-was-acknowledged' };

const { load } = server;
let kept: Promise<Data> | undefined;

const changeInMemory: typeof server.change = async (work) => {
  kept ??= load();
  const data = await kept;
  const result = await work(data);
  const snapshot = structuredClone(data);
  setTimeout(() => void program.write(server.file(), snapshot), 100);
  return result;
};

if (import.meta.main) await main({ load: () => kept ?? load(), change: changeInMemory });
