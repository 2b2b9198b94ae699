import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment over what the file `.env` at `envFile` says, if there is one. @throws ConfigError */
export function readEnvironment(envFile: URL): Environment {
  return { ...readEnvFile(envFile), ...process.env };
}

function readEnvFile(envFile: URL): Environment {
  try {
    // Some editors begin a file with a mark (BOM) that would become part of the first name.
    return parseEnv(readFileSync(envFile, 'utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return {};
    throw new ConfigError(`${fileURLToPath(envFile)} cannot be read: the system says ${code}`);
  }
}
