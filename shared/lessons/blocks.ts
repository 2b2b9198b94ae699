import { consoleProblems } from './console-fence.ts';
import type { Fence } from './markdown.ts';
import type { Problem } from './problem.ts';

const COMMAND = /^\s*(\$ |> )?(npm|npx|node|curl) /;
const SHELLS = ['sh', 'bash', 'zsh', 'shell', 'shell-session', 'cmd', 'bat', 'powershell', 'ps1'];
const ATTRIBUTES = ['file', 'holds', 'sketch', 'no-run', 'server', 'figures', 'lines'];

/** Whether the block's commands are run. */
export function isRun({ language, attributes }: Fence): boolean {
  return language === 'console' && !attributes.has('no-run');
}

/** The block's commands that are not run, each with the reason that the block gives. */
export function notRunCommands({ lines, attributes }: Fence): string[] {
  const reason = attributes.get('no-run');
  if (reason === undefined) return [];
  const commands = lines.filter((line) => COMMAND.test(line)).map((line) => line.replace(/^\$ /, ''));
  return commands.map((command) => `${command} (${reason})`);
}

/** What is wrong with a block as it is written; above all a command in a block where nothing would run it. */
export function blockProblems(fence: Fence): Problem[] {
  const { line, language, attributes, lines } = fence;
  if (language === 'console') return consoleProblems(fence);
  const unknown = [...attributes.keys()].find((name) => !ATTRIBUTES.includes(name));
  if (unknown !== undefined)
    return [{ line, message: `a block knows no "${unknown}": ${ATTRIBUTES.join(', ')}` }];
  if (attributes.has('figures') && !attributes.has('server'))
    return [{ line, message: 'figures vary in what a program prints: it goes with "server"' }];
  if (attributes.has('lines') && !(attributes.has('server') && attributes.get('lines') === 'any-order'))
    return [{ line, message: 'write lines=any-order, with "server"' }];
  if (attributes.get('no-run')) return [];
  const command = lines.findIndex((each) => COMMAND.test(each));
  if (!SHELLS.includes(language) && command < 0) return [];
  const message =
    'commands stand in a ```console block, where a test runs them, or the block says why not: no-run="…"';
  return [{ line: line + 1 + Math.max(command, 0), message }];
}
