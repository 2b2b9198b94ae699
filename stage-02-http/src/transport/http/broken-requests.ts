import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { formatProblem, PROBLEM_TYPE, sendProblem } from './problem.ts';

const PROBLEMS: Readonly<Record<string, { status: number; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'The headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'The request did not arrive in time.' },
};

/** Answers what is no HTTP at all, or comes too slowly: it never becomes a request, so no route and no hook sees it. */
export function answerBrokenRequests(logger: FastifyBaseLogger) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const problem = PROBLEMS[error.code ?? ''] ?? {
      status: 400,
      detail: 'This is not a request of HTTP/1.1.',
    };
    const id = randomUUID();
    logger.info({ requestId: id, status: problem.status, reason: error.code }, 'broken request');
    socket.end(formatAnswer(problem.status, formatProblem(problem, id), id));
  };
}

function formatAnswer(status: number, body: string, id: string): string {
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

/** RFC 9112 section 3.2: HTTP/1.1 names its host. Node would refuse too, but not as a problem. */
export function wantHost(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.headers.host !== undefined || request.raw.httpVersion === '1.0') return done();
    sendProblem(reply.header('connection', 'close'), { status: 400, detail: 'The Host header is missing.' });
  });
}
