import { program } from '../stage-01/base.ts';
import { main, server, type Wrong } from './base.ts';

/** One change at a time within this process; what another one does to the file meanwhile is overwritten. */
export const wrong: Wrong = { caughtBy: 'two-puts-through-two-servers' };

let last: Promise<unknown> = Promise.resolve();

const changeAlone: typeof server.change = (work) => {
  const change = last.then(async () => {
    const data = await server.load();
    const result = await work(data);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await program.write(server.file(), data);
    return result;
  });
  last = change.catch(() => {});
  return change;
};

if (import.meta.main) await main({ change: changeAlone });
