import createError from '@fastify/error';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { FieldProblem } from '../../domain/index.ts';
import { createShapeCheck, valueOfText } from '../../schema/index.ts';

export const BadQuery = createError('FST_ERR_BAD_QUERY', 'The query does not fit what this path takes.', 400);

interface QuerySchema {
  readonly properties: Readonly<Record<string, { readonly type?: unknown; readonly default?: unknown }>>;
}

/**
 * Lets a route's schema check its query, and nothing else: a body is read in the handler, shape and rules together,
 * and what a schema says of headers is for the API's document.
 */
export function readQueries(app: FastifyInstance): void {
  app.setValidatorCompiler<FastifySchema & QuerySchema>(({ schema, httpPart }) =>
    httpPart === 'querystring' ? readQuery(schema) : () => true,
  );
}

/** Parameters that the schema does not name are left alone: links carry all sorts of them. */
function readQuery(schema: QuerySchema): (query: unknown) => { value: unknown } | { error: Error } {
  const check = createShapeCheck(schema);
  return (query) => {
    const given = query as Record<string, unknown>;
    const value = Object.fromEntries(
      Object.entries(schema.properties)
        .map(([name, { type, default: fallback }]) => [
          name,
          given[name] === undefined ? fallback : valueOfText(given[name], type),
        ])
        .filter(([, each]) => each !== undefined),
    );
    const details: FieldProblem[] = check(value);
    return details.length === 0 ? { value } : { error: Object.assign(new BadQuery(), { details }) };
  };
}
