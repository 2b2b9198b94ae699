import cors from '@fastify/cors';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type RouteOptions,
} from 'fastify';
import { healthSchema } from '../../schema/index.ts';
import { answerBrokenRequests, wantHost } from './broken-requests.ts';
import { closeGently } from './close-gently.ts';
import { takeJsonBodies } from './json-body.ts';
import { limitAnswerTime } from './limit-answer-time.ts';
import { logRequest } from './log-requests.ts';
import { answerOtherMethods } from './other-methods.ts';
import { type PatientRouteOptions, patientRoutes } from './patient-routes.ts';
import { answerProblems, sendProblem, statusByCode } from './problem.ts';
import { readQueries } from './read-query.ts';
import { requestIdOf } from './request-id.ts';
import { securityHeaders } from './security-headers.ts';
import { trackRequests } from './track-requests.ts';

export interface HttpOptions {
  readonly logger: FastifyBaseLogger;
  /** Web pages of these origins may call the API. */
  readonly corsOrigins?: readonly string[];
  /** The status for each code of the domain. */
  readonly statuses?: Readonly<Record<string, number>>;
  /** Response headers, besides the few that any page may read, that pages of other origins may read. */
  readonly exposedHeaders?: readonly string[];
  /** How callers show who they are, for the API's document: OpenAPI's `securitySchemes`. */
  readonly securitySchemes?: Record<string, { type: 'http'; scheme: string; description: string }>;
  /** Sees each route, and may say more of it for the API's document. */
  onRoute?(route: RouteOptions): void;
  /** Called when a request has its answer, or broke off; `log` writes its line. When not said, that is all. */
  onEnd?(reply: FastifyReply, ms: number, log: () => void): void;
  readonly limits?: Partial<typeof DEFAULT_LIMITS>;
}

/** In bytes and milliseconds. A server without limits is one that a slow or greedy client can hold. */
export const DEFAULT_LIMITS = {
  bodyBytes: 64 * 1024,
  headerBytes: 16 * 1024,
  /** To send a whole request. */
  requestMs: 10_000,
  /** To answer it. */
  handlerMs: 5_000,
  keepAliveMs: 65_000,
} satisfies Record<string, number>;

export const EXPOSED_HEADERS = ['ETag', 'Location', 'X-Request-Id'] as const;

/** The API, not yet ready: a caller may still add hooks and routes, and then lets it listen. */
export async function createHttpApp(
  services: PatientRouteOptions,
  options: HttpOptions,
): Promise<FastifyInstance> {
  const { logger, onEnd = (_reply, _ms, log) => log() } = options;
  const end = (reply: FastifyReply, ms: number) => onEnd(reply, ms, () => logRequest(logger, reply, ms));
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = Fastify({
    genReqId: requestIdOf,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: {
      requireHostHeader: false,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.requestMs,
      connectionsCheckingInterval: 1_000,
    },
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => {
      answerUnreadablePath(error, reply as FastifyReply);
      end(reply as FastifyReply, 0);
    },
    clientErrorHandler: answerBrokenRequests(logger),
  });
  answerProblems(app, { statuses: options.statuses ?? statusByCode, logger });
  readQueries(app);
  takeJsonBodies(app);
  setHeaders(app);
  const open = trackRequests(app, end);
  limitAnswerTime(app, open, { milliseconds: limits.handlerMs, logger });
  wantHost(app);
  closeGently(app, open);
  if (options.corsOrigins?.length) {
    const exposedHeaders = [...EXPOSED_HEADERS, ...(options.exposedHeaders ?? [])];
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
    await app.register(cors, {
      origin: [...options.corsOrigins],
      methods,
      exposedHeaders,
      maxAge: 600,
      strictPreflight: false,
    });
  }
  answerOtherMethods(app);
  if (options.onRoute) app.addHook('onRoute', options.onRoute);
  await document(app, options);
  app.get(
    '/health',
    { schema: { tags: ['operations'], summary: 'The process lives', response: { 200: healthSchema } } },
    async () => ({ status: 'ok' }),
  );
  app.register(patientRoutes, { prefix: '/api/v1', ...services });
  return app;
}

/** What every answer has. A hook with a callback: a promise costs, and there is nothing to wait for. */
function setHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    giveHeaders(reply);
    done();
  });
}

function giveHeaders(reply: FastifyReply): FastifyReply {
  return reply.headers(HEADERS).header('x-request-id', reply.request.id);
}

// A client may keep what it read, for If-None-Match, but asks before it shows it again; nobody between us keeps it.
const HEADERS = { ...securityHeaders(), 'cache-control': 'private, no-cache' };

/** A path that cannot be read comes past all hooks, so what they do is done here. */
function answerUnreadablePath(error: Error & { code?: string }, reply: FastifyReply): void {
  const problem =
    error.code === 'FST_ERR_BAD_URL'
      ? { status: 400, detail: 'The path is not a URL: check its percent signs.' }
      : { status: 404, detail: 'There is nothing at this path.' };
  sendProblem(giveHeaders(reply), problem);
}

/** `/openapi.json` and, for people, `/docs`. Before the routes, which it then sees. */
async function document(app: FastifyInstance, { securitySchemes = {} }: HttpOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Medcenter', version: '1.0.0', description: 'The API of a medical centre.' },
      components: { securitySchemes },
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
}
