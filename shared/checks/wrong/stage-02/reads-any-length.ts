import type { IncomingMessage } from 'node:http';
import { main, server, type Wrong } from './base.ts';

/** Believes Content-Length, and reads for ever where there is none. */
export const wrong: Wrong = { caughtBy: 'body-that-is-too-large-is-413' };

const { readBody } = server;

async function readWhatever(request: IncomingMessage): Promise<unknown> {
  if (request.headers['content-length'] !== undefined) return readBody(request);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

if (import.meta.main) await main({ readBody: readWhatever });
