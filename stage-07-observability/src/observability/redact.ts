export const REDACTED = '[redacted]';

/**
 * The names of all fields that the log may show. A list of what is forbidden would be too short on the day that somebody
 * logs a field that nobody thought of; this one is too short in a way that shows.
 */
const KNOWN_FIELDS = new Set([
  // Requests, calls, and how they ended.
  ...['requestId', 'method', 'route', 'status', 'code', 'ms', 'reason', 'afterMs', 'attempt', 'cache'],
  // Messages, and where they are.
  ...['topic', 'partition', 'offset', 'group', 'type', 'messageId', 'eventId', 'events', 'count', 'delayMs'],
  // Records, by their ids and instants; never what is in them.
  ...['patientId', 'doctorId', 'appointmentId', 'version', 'startsAt', 'endsAt', 'dueAt'],
  // The process itself.
  ...['origin', 'signal', 'unclosed', 'resources', 'timeoutMs', 'error'],
]);

/** Within an error. What a driver adds (`detail`, `where`, `parameters`) may hold values of the database. */
const ERROR_FIELDS = new Set(['name', 'code', 'message', 'stack', 'cause']);

const DEEPEST = 8;

/** The fields, at any depth, with the values of those alone whose names are known. */
export function redact(fields: object): object {
  return redactFields(fields, KNOWN_FIELDS, 0);
}

/** By a loop: it runs for each line of the log, and lists of entries would cost as much as the rest of the line. */
function redactFields(fields: object, known: ReadonlySet<string>, depth: number): object {
  const told: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (known.has(name)) told[name] = redactValue(name, value, depth + 1);
    else if (value !== undefined) told[name] = REDACTED;
  }
  return told;
}

function redactValue(name: string, value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value); // JSON has none, and a log must not throw.
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return REDACTED;
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((each) => redactValue(name, each, depth + 1));
  if (name !== 'error' && name !== 'cause') return redactFields(value, KNOWN_FIELDS, depth);
  return redactFields(withoutQuotes(value), ERROR_FIELDS, depth);
}

interface ErrorFields {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
}

/** SQLSTATE of class 22: data exceptions, whose messages quote the data. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/** A few messages quote what could not be read. The quotation goes, in the stack, too, which repeats the message. */
function withoutQuotes(error: ErrorFields): ErrorFields {
  const { name, code, message, stack } = error;
  if (typeof message !== 'string') return error;
  const isOfJson = name === 'SyntaxError' && message.endsWith('is not valid JSON');
  const quotes = isOfJson || (typeof code === 'string' && DATA_EXCEPTION.test(code));
  const [before = ''] = message.split(/["'`]/, 1);
  if (!quotes || before === message) return error;
  const told = `${before}${REDACTED}`;
  return {
    ...error,
    message: told,
    ...(typeof stack === 'string' && { stack: stackWith(told, message, stack) }),
  };
}

/** The stack begins with the message, which may be as long as it likes; its places are what is wanted. */
function stackWith(told: string, message: string, stack: string): string {
  const at = stack.indexOf(message);
  return at < 0 ? REDACTED : stack.slice(0, at) + told + stack.slice(at + message.length);
}
