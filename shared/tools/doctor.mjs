// `npm run doctor`: what this machine has, and what is to do. Plain JavaScript for Node 16 and later.
import { fileURLToPath } from 'node:url';
import { examine } from '../doctor/checks.mjs';
import { openProbe } from '../doctor/probe.mjs';

const colours = { ok: 32, 'to do': 33, later: 2 };
const hasColours = process.stdout.isTTY && !process.env.NO_COLOR;

const findings = await examine(openProbe(fileURLToPath(new URL('../..', import.meta.url))));
const margin = Math.max(...findings.map(({ name }) => name.length)) + 2;

console.log('');
for (const { name, state, text } of findings) {
  const sign = state.padEnd(7);
  const shown = hasColours ? `\u001b[${colours[state]}m${sign}\u001b[0m` : sign;
  const [first, ...more] = wrap(text, 100 - 9 - margin);
  console.log(`  ${shown}${name.padEnd(margin)}${first}`);
  for (const line of more) console.log(' '.repeat(9 + margin) + line);
}

const open = findings.filter(({ state }) => state === 'to do').length;
console.log('');
if (open === 0) console.log('All that the stages here need is in place.');
else console.log(open === 1 ? 'One thing is to do.' : `${open} things are to do.`);
if (open > 0) process.exitCode = 1;

function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last === '' || last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`.trim();
    else lines.push(word);
  }
  return lines;
}
