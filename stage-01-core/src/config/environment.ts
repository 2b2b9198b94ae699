import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment over what the file `.env` at `envFile` says, if there is one. */
export function readEnvironment(envFile: URL): Environment {
  return { ...readEnvFile(envFile), ...process.env };
}

function readEnvFile(envFile: URL): Environment {
  try {
    return parseEnv(readFileSync(envFile, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
