// The door of every `npm run …` here. Plain JavaScript on purpose: it must be able to speak on any Node,
// also where Node 24, which the rest needs, was not put in place.
const [tool = '', ...args] = process.argv.slice(2);
const tools = ['start', 'stage', 'test', 'demo', 'check', 'diff', 'review', 'ci'];

if (tool === 'doctor') {
  await import('./tools/doctor.mjs');
} else if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`This needs Node 24 and runs on ${process.version}. Node 24 is one of the packages that "npm ci" installs,`);
  console.error('by an install script: run "npm ci" again without --ignore-scripts, or ask "npm run doctor".');
  process.exitCode = 1;
} else if (!tools.includes(tool)) {
  console.error(`There is no tool called "${tool}". There are: ${[...tools, 'doctor'].join(', ')}.`);
  process.exitCode = 2;
} else {
  const { main } = await import(`./tools/${tool}.ts`);
  const exitCode = await main(args);
  if (exitCode) process.exitCode = exitCode;
}
