// The door of every `npm run …` here. Plain JavaScript on purpose: it must be able to speak on any Node,
// also where Node 24, which the rest needs, was not put in place.
import { existsSync } from 'node:fs';

const [tool = '', ...args] = process.argv.slice(2);
const tools = [
  'start',
  'stage',
  'test',
  'demo',
  'check',
  'diff',
  'review',
  'bench',
  'services',
  'trace',
  'ci',
];

if (tool === 'doctor') {
  await import('./tools/doctor.mjs');
} else if (!existsSync(new URL('../node_modules', import.meta.url))) {
  console.error('Nothing is installed yet. Run "npm ci" first.');
  process.exitCode = 1;
} else if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`This needs Node 24 and runs on ${process.version}. Node 24 is one of the packages that`);
  console.error('"npm ci" installs, by an install script: run "npm ci" without --ignore-scripts, or ask');
  console.error('"npm run doctor".');
  process.exitCode = 1;
} else if (!tools.includes(tool)) {
  console.error(`There is no tool called "${tool}". There are: ${[...tools, 'doctor'].join(', ')}.`);
  process.exitCode = 2;
} else {
  try {
    const { main } = await import(`./tools/${tool}.ts`);
    const exitCode = await main(args);
    if (exitCode) process.exitCode = exitCode;
  } catch (error) {
    if (error?.name === 'UsageError') {
      // A wrong command line needs its own words and no stack.
      console.error(error.message);
      process.exitCode = 2;
    } else {
      throw error;
    }
  }
}
