import type { Variable } from '@medcenter/stage-01-core/config';
import { createShapeCheck, valueOfText } from '../schema/index.ts';

/**
 * A variable whose value a JSON Schema describes. The text becomes what the schema speaks of: digits a number, a
 * comma list an array; anything else stays text, for the schema to refuse.
 */
export function bySchema<T>(
  schema: { readonly type?: string; readonly [keyword: string]: unknown },
  { wants, fallback }: Pick<Variable<T>, 'wants' | 'fallback'>,
): Variable<T> {
  const check = createShapeCheck(schema);
  return {
    wants,
    fallback,
    parse(text) {
      const value = valueOfText(text, schema.type);
      return check(value).length === 0 ? (value as T) : undefined;
    },
  };
}
