import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from '@medcenter/stage-06-grpc/transport/http';

export interface LoadGuardOptions {
  /** The mean delay of the event loop, in milliseconds over the last second, above which nobody is served. 0: no guard. */
  readonly limitMs: number;
  /** After the start; till then everybody is served. */
  readonly warmUpMs?: number;
}

/** Who asks how the program does has to be answered above all when it does badly. */
const OPEN = ['/health', '/ready', '/metrics', '/docs', '/openapi.json'];

/** The start itself keeps the event loop busy, and is in the first numbers. */
const WARM_UP_MS = 2_500;

/**
 * Refuses with 503 while the event loop is late: of a queue that grows, everybody waits too long, and some do not wait
 * at all. To be called on an app that is not ready, before the hooks that cost something.
 */
export function addLoadGuard(
  app: FastifyInstance,
  { limitMs, warmUpMs = WARM_UP_MS }: LoadGuardOptions,
): void {
  if (limitMs === 0) return;
  // The plugin measures, and the hook is ours: the plugin's is added when the app gets ready, behind the one that
  // looks up the session, and looks at the route of each request, which is slow.
  app.register(underPressure);
  let isWarm = false;
  app.addHook('onReady', async () => {
    setTimeout(() => {
      isWarm = true;
    }, warmUpMs).unref();
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!isWarm || app.memoryUsage().eventLoopDelay <= limitMs || isOpen(request.routeOptions.url ?? ''))
      return done();
    // Not thrown: each error is logged with its stack, which is the last thing to do now. The request has its line.
    sendProblem(reply.header('retry-after', '1'), {
      status: 503,
      detail: 'There is too much to do here. Try again later.',
    });
  });
}

function isOpen(route: string): boolean {
  return OPEN.some((open) => route === open || route.startsWith(`${open}/`));
}
