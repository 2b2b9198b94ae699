import type { IncomingHttpHeaders } from 'node:http';
import createError from '@fastify/error';

const BadKey = createError(
  'FST_ERR_BAD_IDEMPOTENCY_KEY',
  'The Idempotency-Key is 1 to 255 characters of ASCII without spaces, such as a UUID.',
  400,
);

export const idempotencyKeyHeader = {
  type: 'object',
  properties: {
    'Idempotency-Key': {
      type: 'string',
      description:
        'A name for this request, such as a UUID. The same request with the same key again, within 24 hours, gets the answer of the first and books nothing.',
    },
  },
};

/**
 * The name that the caller gave the request, so that it can be sent again when no answer came
 * (draft-ietf-httpapi-idempotency-key-header). @throws a 400
 */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) throw new BadKey();
  return key;
}
