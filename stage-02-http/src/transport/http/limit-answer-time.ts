import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendProblem } from './problem.ts';

/**
 * Answers with 503 what was not answered in time; whatever the handler does after that, nobody hears.
 * What it has begun goes on, so a write may still happen: a client that wants to know has to look.
 *
 * Fastify's own `handlerTimeout` is not used: in 5.12 it forgets each request with a body, whose stream closes, and
 * its timer with it, as soon as the body was read. One timer for all requests is lighter, too.
 */
export function limitAnswerTime(app: FastifyInstance, milliseconds: number): void {
  // In the order of arrival, and so in the order of the deadlines.
  const waiting = new Map<FastifyReply, number>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [reply, deadline] of waiting) {
      if (deadline > now) break;
      waiting.delete(reply);
      if (!reply.sent) giveUp(reply);
    }
  }, milliseconds / 10);
  timer.unref();

  app.addHook('onRequest', (_request, reply, done) => {
    waiting.set(reply, performance.now() + milliseconds);
    done();
  });
  app.addHook('onResponse', (_request, reply, done) => {
    waiting.delete(reply);
    done();
  });
  app.addHook('onClose', async () => clearInterval(timer));
}

function giveUp(reply: FastifyReply): void {
  sendProblem(reply.header('retry-after', '1'), {
    status: 503,
    detail: 'The answer took too long. Try again later.',
  });
  // From here on Fastify drops what the handler answers.
  reply.hijack();
}
