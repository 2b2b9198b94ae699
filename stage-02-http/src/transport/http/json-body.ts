import createError from '@fastify/error';
import type { FastifyInstance } from 'fastify';

const BadJson = createError('FST_ERR_BAD_JSON', 'The body is not JSON: %s.', 400);
const BadCharset = createError(
  'FST_ERR_BAD_CHARSET',
  'JSON is UTF-8 (RFC 8259); the charset "%s" is not taken.',
  415,
);

/**
 * Reads bodies as JSON, and no others. Stricter than Fastify's own reader: bytes that are not UTF-8 are refused, not
 * replaced, and a key such as `__proto__` is a key like any other, for the schema to refuse by its name.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /;\s*charset="?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
    if (!/^utf-?8$/i.test(charset)) return done(new BadCharset(charset));
    if (body.length === 0) return done(null, undefined);
    const value = parse(body as Buffer);
    // The parser's own words would quote the body.
    if (!value) return done(new BadJson('check its quotes, commas and brackets, and that it is UTF-8'));
    done(null, value.parsed);
  });
}

function parse(bytes: Buffer): { parsed: unknown } | undefined {
  try {
    return { parsed: JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** The body that was sent. @throws a 400 when there is none */
export function bodyOf({ body }: { body: unknown }): unknown {
  if (body === undefined) throw new BadJson('it is empty');
  return body;
}
