import type { Terminal } from '@medcenter/stage-04-redis/cli';
import type { Content, DeadLetter } from '../events/index.ts';

/** What to know of each at a glance. */
export function summaryOf({ id, source, isRedriven, message: { time, headers } }: DeadLetter) {
  return {
    id,
    source,
    time,
    group: headers['dlq-group'] ?? '',
    attempts: Number(headers['dlq-attempts'] ?? 0),
    error: headers['dlq-error'] ?? '',
    isRedriven,
  };
}

export function formatDeadLetters(
  letters: readonly DeadLetter[],
  { json = false, terminal }: { json?: boolean | undefined; terminal: Pick<Terminal, 'strong'> },
): string {
  const summaries = letters.map(summaryOf);
  if (json) return toJson(summaries);
  const rows = summaries.map(({ id, time, group, attempts, error }) =>
    [id, time, group, String(attempts), error].map(clean),
  );
  const head = ['ID', 'TIME', 'GROUP', 'ATTEMPTS', 'ERROR'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const format = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [terminal.strong(format(head)), ...rows.map(format)].join('\n');
}

/** A dead letter in full. */
export function formatDeadLetter({ id, source, isRedriven, message }: DeadLetter): string {
  const { key, value, ...rest } = message;
  return toJson({ id, source, isRedriven, ...rest, key: visible(key), value: visible(value) });
}

function visible(content: Content): unknown {
  return content instanceof Uint8Array ? { base64: Buffer.from(content).toString('base64') } : content;
}

/** JSON writes most of what would steer the terminal as an escape; these it does not. */
function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(
    /[\x7f-\x9f]/g,
    (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
  );
}

/** Anybody can write into a topic: what would steer the terminal is not printed. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\ufffd');
}
