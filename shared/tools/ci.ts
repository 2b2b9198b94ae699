import { spawn } from 'node:child_process';
import { ROOT } from '../stages.ts';

/** Scripts of package.json, the quickest first. */
const steps = ['lint', 'format:check', 'typecheck', 'test', 'test:wrong'];

/** `npm run ci`: all that must be green before a change is done, up to the first step that is not. */
export async function main(): Promise<number> {
  return await runSteps(steps, (name) => runScript(name));
}

/** Runs the steps in order, each named and timed. Answers 0, or the exit code of the step that failed. */
export async function runSteps(
  names: readonly string[],
  run: (name: string) => Promise<number>,
  now: () => number = performance.now.bind(performance),
): Promise<number> {
  const begun = now();
  for (const name of names) {
    console.log(`\n== ${name}`);
    const from = now();
    const exitCode = await run(name);
    const seconds = ((now() - from) / 1000).toFixed(1);
    if (exitCode !== 0) {
      console.log(`== ${name} failed after ${seconds} s`);
      return exitCode;
    }
    console.log(`== ${name}: ${seconds} s`);
  }
  console.log(`\nAll is well: ${names.join(', ')}, ${((now() - begun) / 1000).toFixed(1)} s.`);
  return 0;
}

/** Runs a script of package.json by Node itself: the npm that came with another Node need not run under this one. */
export function runScript(name: string, root: string = ROOT): Promise<number> {
  const child = spawn(process.execPath, ['--run', name], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
}
