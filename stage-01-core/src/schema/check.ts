import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { FieldProblem } from '../domain/index.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true });

/** Every problem of a value's shape; none means that it is right. */
export type ShapeCheck = (value: unknown) => FieldProblem[];

/**
 * A check of a value's shape by a JSON Schema (draft 2020-12): which fields there are, and of which type. It answers
 * every problem at once; none means that the shape is right. What the values may be is the domain's to say.
 */
export function createShapeCheck(schema: object): ShapeCheck {
  // Compiled at the first use: a program that only prints its help pays nothing.
  let check: ReturnType<typeof ajv.compile> | undefined;
  return (value) => {
    check ??= ajv.compile(schema);
    return check(value) ? [] : (check.errors ?? []).map(problemOf);
  };
}

/** Ajv's finding in the words of this system. */
export function problemOf(error: ErrorObject): FieldProblem {
  const { instancePath, keyword, params, message = 'is not allowed' } = error;
  switch (keyword) {
    case 'required':
      return { path: `${instancePath}/${params.missingProperty}`, message: 'is missing' };
    case 'additionalProperties':
      return {
        path: `${instancePath}/${escapePointer(params.additionalProperty)}`,
        message: 'is not a field here',
      };
    case 'enum':
      return { path: instancePath, message: `is none of ${params.allowedValues.join(', ')}` };
    case 'const':
      return { path: instancePath, message: `is not ${params.allowedValue}` };
    case 'type':
      return { path: instancePath, message: `is no ${[params.type].flat().join(' and no ')}` };
    default:
      return { path: instancePath, message };
  }
}

/** RFC 6901: in a pointer, `~` is written `~0` and `/` is written `~1`. */
function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
