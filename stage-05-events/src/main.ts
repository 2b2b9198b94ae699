import { runCommandLine, serve, start } from './app/index.ts';
import { createTerminal } from './cli/index.ts';
import { readConfig, readEnvironment, variables } from './config/index.ts';

const terminal = createTerminal(process.stdout, process.stderr);
const argv = process.argv.slice(2);
try {
  const config = readConfig(variables, readEnvironment(new URL('../.env', import.meta.url)));
  // With words behind it, one command; without, the server.
  process.exitCode =
    argv.length > 0
      ? await runCommandLine(config, argv, terminal)
      : await serve(() => start(config, process.stdout), terminal.note);
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || (code !== 'config' && code !== 'database')) throw error;
  terminal.note(error.message);
  process.exitCode = code === 'config' ? 2 : 1;
}
