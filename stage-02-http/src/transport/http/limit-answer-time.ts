import type { FastifyBaseLogger, FastifyInstance, FastifyReply } from 'fastify';
import { sendProblem } from './problem.ts';
import type { OpenRequests } from './track-requests.ts';

interface Limit {
  readonly milliseconds: number;
  /** For what goes wrong when nobody hears it any more. */
  readonly logger: FastifyBaseLogger;
}

/**
 * Answers with 503 what was not answered in time; whatever the handler does after that, nobody hears.
 * What it has begun goes on, so a write may still happen: a client that wants to know has to look.
 *
 * Fastify's own `handlerTimeout` is not used: in 5.12 it forgets each request with a body, whose stream closes, and
 * its timer with it, as soon as the body was read. One timer for all requests is lighter, too.
 */
export function limitAnswerTime(
  app: FastifyInstance,
  open: OpenRequests,
  { milliseconds, logger }: Limit,
): void {
  const timer = setInterval(() => {
    const latest = performance.now() - milliseconds;
    for (const [reply, arrived] of open) {
      if (arrived > latest) break;
      if (!reply.sent) giveUp(reply, logger);
    }
  }, milliseconds / 10);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}

function giveUp(reply: FastifyReply, logger: FastifyBaseLogger): void {
  sendProblem(reply.header('retry-after', '1'), {
    status: 503,
    detail: 'The answer took too long. Try again later.',
  });
  // From here on Fastify drops what the handler answers, and logs what it throws.
  reply.hijack();
  reply.log = logger.child({ requestId: reply.request.id });
}
