import { start } from './app/index.ts';
import { createTerminal } from './cli/index.ts';
import { ConfigError, readConfig, readEnvironment, variables } from './config/index.ts';

const terminal = createTerminal(process.stdout, process.stderr);
try {
  const config = readConfig(variables, readEnvironment(new URL('../.env', import.meta.url)));
  process.exitCode = await start(config, process.argv.slice(2), terminal);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  terminal.note(error.message);
  process.exitCode = 2;
}
