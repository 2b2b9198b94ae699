const SHOWN_LINES = 25;

/** A title and a text below it, cut where it gets too long to read. */
export function describeText(title: string, text: string): string {
  if (text === '') return `${title}: (empty)`;
  const lines = text.replace(/\n$/, '').split('\n');
  const rest = lines.length > SHOWN_LINES ? [`… and ${lines.length - SHOWN_LINES} lines more`] : [];
  return [`${title}:`, ...[...lines.slice(0, SHOWN_LINES), ...rest].map((line) => `  ${line}`)].join('\n');
}
