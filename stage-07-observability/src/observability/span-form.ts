/** How the file of a service's spans ends; that which was put aside ends with `.1` before it. */
export const SPAN_FILE = '.jsonl';

/** By OpenTelemetry's numbers. */
export const SPAN_KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const;
