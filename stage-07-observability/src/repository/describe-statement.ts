import type { Attributes } from '@opentelemetry/api';

/** Of a longer text, such as that of many rows, the beginning says enough. */
const LONGEST_TEXT = 500;

/**
 * The name of a statement, such as `SELECT patients`, and its attributes. All values of ours are parameters: the text
 * has `$1` in their place. https://opentelemetry.io/docs/specs/semconv/database/database-spans/
 */
export function describeStatement(text: string): { readonly name: string; readonly attributes: Attributes } {
  const verb = /^\s*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? 'SQL';
  const table = /\b(?:FROM|INTO|UPDATE)\s+"?([a-z_]\w*)/i.exec(text)?.[1];
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return {
    name: table === undefined ? verb : `${verb} ${table}`,
    attributes: {
      'db.operation.name': verb,
      ...(table !== undefined && { 'db.collection.name': table }),
      'db.query.text': line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line,
    },
  };
}
