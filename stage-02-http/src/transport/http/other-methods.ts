import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './problem.ts';

/**
 * Answers a path that there is, asked with a method that it does not have, with 405 and the methods that it has
 * (RFC 9110 section 15.5.6), and a path that there is not with 404. Call it before the routes are added.
 */
export function answerOtherMethods(app: FastifyInstance): void {
  const methodsOfPath = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  app.addHook('onRoute', ({ url, method }) => {
    if (method === 'OPTIONS') return; // The CORS plugin has it for every path, also those that there are not.
    const known = methodsOfPath.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const each of [method].flat()) known.methods.add(each);
    methodsOfPath.set(url, known);
  });

  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = [...methodsOfPath.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((known) => [...known.methods]);
    // A route that was asked as it wants, and has found nothing there, has the method.
    if (methods.length === 0 || methods.includes(request.method)) {
      return sendProblem(reply, { status: 404, detail: 'There is nothing at this path.' });
    }
    const allowed = [...new Set(methods), 'OPTIONS'].filter((method) => METHODS.includes(method)).join(', ');
    reply.header('allow', allowed);
    if (request.method === 'OPTIONS') return reply.code(204).send();
    return sendProblem(reply, { status: 405, detail: `This path answers ${allowed}.` });
  };

  // As the first thing: what is wrong with the body of a request that has no route does not matter.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) answer(request, reply);
    else done();
  });
  app.setNotFoundHandler(answer);
}

/** `/patients/:id` as an expression: a parameter is one segment, a star the rest. */
function patternOf(url: string): RegExp {
  const source = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:[^/]+/g, '[^/]+')
    .replaceAll('*', '.*');
  return new RegExp(`^${source}$`);
}
