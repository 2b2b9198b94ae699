/** The program cannot start as it is configured: one line for each thing that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config';
}
