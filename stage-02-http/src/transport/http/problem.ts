import { STATUS_CODES } from 'node:http';
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import {
  DomainError,
  type ErrorCode,
  type FieldProblem,
  type PreconditionErrorCode,
} from '../../domain/index.ts';

/** The media type of an error, RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';

/** The HTTP status for each code of the domain. A later stage hands in `{ ...statusByCode, unavailable: 503 }`. */
export const statusByCode: Readonly<Record<ErrorCode | PreconditionErrorCode, number>> = {
  validation: 422,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
};

/** Where Fastify says less than a caller wants to know. */
const DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send JSON, and say so: content-type: application/json.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large.',
  FST_STATIC_FORBIDDEN_PATH: 'There is nothing at this path.',
};

export interface Problem {
  readonly status: number;
  readonly detail?: string | undefined;
  readonly errors?: readonly FieldProblem[] | undefined;
}

/** Answers every error of the app, and every path that there is not, as a problem. */
export function answerProblems(
  app: FastifyInstance,
  { statuses, logger }: { statuses: Readonly<Record<string, number>>; logger: FastifyBaseLogger },
): void {
  app.setErrorHandler((error, request, reply) => {
    // Nobody hears the answer to a request that broke off, and it is no failure of ours.
    const brokenOff = request.raw.destroyed && !request.raw.complete;
    const problem = brokenOff ? { status: 400 } : problemOf(error, statuses);
    if (problem.status >= 500) logger.error({ requestId: request.id, err: error }, 'request failed');
    return sendProblem(reply, problem);
  });
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const body = formatProblem(problem, String(reply.request.id));
  // A string, so that no response schema of the route touches it.
  return reply.code(problem.status).type(PROBLEM_TYPE).send(body);
}

export function formatProblem({ status, detail, errors }: Problem, requestId: string): string {
  const title = STATUS_CODES[status] ?? 'Error';
  return JSON.stringify({ type: 'about:blank', title, status, detail, requestId, errors });
}

/** What a client is told of an error. Of one that nobody foresaw: nothing but that it happened. */
export function problemOf(error: unknown, statuses: Readonly<Record<string, number>>): Problem {
  if (error instanceof DomainError) {
    const { code, message, details } = error;
    return {
      status: statuses[code] ?? 500,
      detail: message,
      errors: details.length > 0 ? details : undefined,
    };
  }
  if (isRefusalOfFastify(error)) {
    return { status: error.statusCode, detail: DETAILS[error.code] ?? error.message, errors: error.details };
  }
  return { status: 500, detail: 'Something went wrong here. The log tells more under this request id.' };
}

/** Fastify's own findings about a request; their texts speak of the request alone. */
function isRefusalOfFastify(
  error: unknown,
): error is FastifyError & { statusCode: number; details?: readonly FieldProblem[] } {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const code = String(error.code);
  if (!code.startsWith('FST_ERR') && !Object.hasOwn(DETAILS, code)) return false;
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  return (status >= 400 && status < 500) || status === 503;
}
