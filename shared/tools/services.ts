import { runServices } from '../services/commands.ts';
import { services } from '../services/table.ts';
import { ROOT } from '../stages.ts';

/** `npm run services -- up`, and so on. Answers the exit code. */
export async function main(args: string[]): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const say = (line: string) => console.log(line);
    return await runServices(args, {
      root: ROOT,
      services,
      say,
      env: process.env,
      signal: interruption.signal,
    });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
