/**
 * What a text stands for, where everything comes as text (the environment, a query): digits a number where the
 * schema wants one, a comma list an array. Anything else stays text, for the schema to refuse; so `0x10` and `1e3`
 * are no numbers here, as they would be with `Number()`.
 */
export function valueOfText(text: unknown, type: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (type === 'array') return text.split(',').map((item) => item.trim());
  return text;
}
