import { variables as inherited } from '@medcenter/stage-01-core/config';
import { bySchema } from './by-schema.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const variables = {
  ...inherited,
  HOST: bySchema(
    { type: 'string', pattern: '^[A-Za-z0-9.:-]+$' },
    { wants: 'the address or name to listen on, such as 127.0.0.1', fallback: '127.0.0.1' },
  ),
  PORT: bySchema(
    { type: 'integer', minimum: 0, maximum: 65_535 },
    { wants: 'a port from 1 to 65535, or 0 for any that is free', fallback: 3000 },
  ),
  LOG_LEVEL: bySchema<LogLevel>(
    { enum: LOG_LEVELS },
    { wants: `one of ${LOG_LEVELS.join(', ')}`, fallback: 'info' },
  ),
  CORS_ORIGINS: bySchema<readonly string[]>(
    { type: 'array', items: { type: 'string', pattern: '^https?://[^/?#\\s]+$' } },
    { wants: 'a comma list of origins, such as https://desk.example,http://localhost:5173', fallback: [] },
  ),
};
