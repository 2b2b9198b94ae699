import { ProgramFailed, runCommandLine, serveApi } from './app/index.ts';
import { createTerminal } from './cli/index.ts';
import { readConfig, readEnvironment, variables } from './config/index.ts';

const terminal = createTerminal(process.stdout, process.stderr);
const EXPLAINED = new Set<unknown>(['config', 'database', 'program_failed']);
const argv = process.argv.slice(2);
try {
  const config = readConfig(variables, readEnvironment(new URL('../.env', import.meta.url)));
  // With words behind it, one command; without, the server.
  process.exitCode =
    argv.length > 0 ? await runCommandLine(config, argv, terminal) : await serveApi(config, terminal.note);
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || !EXPLAINED.has(code)) throw error;
  // A program that we started has said by itself why it ended.
  const hasSaidWhy = error instanceof ProgramFailed && error.exitCode !== undefined;
  if (!hasSaidWhy) terminal.note(error.message);
  process.exitCode = hasSaidWhy ? error.exitCode : code === 'config' ? 2 : 1;
}
