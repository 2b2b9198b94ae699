import type { Writable } from 'node:stream';
import winston from 'winston';

/** Severities, the gravest first. */
const LEVELS = { fatal: 0, error: 1, warn: 2, info: 3, debug: 4, trace: 5 } as const;
type Level = keyof typeof LEVELS;

/** One line of the log. Call it with fields, a message, or both. */
type Write = (fieldsOrMessage: unknown, message?: string) => void;

/** A logger in the form that Fastify knows, over winston. */
export interface Logger extends Record<Level, Write> {
  level: string;
  child(fields: object): Logger;
  /** Part of the form, for a logger that is switched off by name; here the level does that. */
  silent: Write;
}

export interface LoggerOptions {
  readonly level: Level;
  /** Which program speaks. */
  readonly service: string;
  readonly out: Writable;
  /** Sees the fields of each line before it is written, and may add to them, or take away. */
  prepare?(fields: object): object;
}

/** A log of JSON lines: `time`, `level`, `message`, `service`, and the fields of the event. */
export function createLogger({ level, service, out, prepare = (fields) => fields }: LoggerOptions): Logger {
  const log = winston.createLogger({
    level,
    levels: LEVELS,
    format: winston.format.printf(({ level: severity, message, ...fields }) =>
      JSON.stringify({ time: new Date().toISOString(), level: severity, message, service, ...fields }),
    ),
    transports: [new winston.transports.Stream({ stream: out })],
  });
  return overWinston(log, {}, prepare);
}

function overWinston(log: winston.Logger, bound: object, prepare: (fields: object) => object): Logger {
  const write =
    (level: Level): Write =>
    (first, second) => {
      // winston does much of its work before it looks at the level.
      if (!log.isLevelEnabled(level)) return;
      const { fields, message } =
        typeof first === 'string' ? { fields: {}, message: first } : describe(first, second);
      log.log({ level, message, ...prepare({ ...bound, ...fields }) });
    };
  return {
    fatal: write('fatal'),
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    trace: write('trace'),
    silent: () => {},
    /** Of the whole log: a child has no level of its own. */
    get level() {
      return log.level;
    },
    set level(level) {
      log.level = level;
    },
    child: (fields) => overWinston(log, { ...bound, ...fields }, prepare),
  };
}

function describe(first: unknown, message = ''): { fields: object; message: string } {
  if (first instanceof Error) return { fields: { error: errorOf(first) }, message: message || first.message };
  if (typeof first !== 'object' || first === null) return { fields: {}, message: message || String(first) };
  const { err, ...fields } = first as Record<string, unknown>;
  return { fields: err === undefined ? fields : { ...fields, error: errorOf(err) }, message };
}

/** More causes than that are a circle. */
const MOST_CAUSES = 10;

/** An error in full, with its causes: `JSON.stringify` alone would write `{}`. */
function errorOf(error: unknown, causes = MOST_CAUSES): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    name,
    code,
    message,
    stack,
    ...(cause !== undefined && causes > 0 && { cause: errorOf(cause, causes - 1) }),
  };
}
