import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type Logger,
  type Metrics,
  type OpenSpan,
  REQUEST_ID_ATTRIBUTE,
  type Tracing,
} from '../../observability/index.ts';

export interface RequestObserverOptions {
  readonly tracing: Pick<Tracing, 'begin' | 'ids'>;
  readonly metrics: Pick<Metrics, 'answered'>;
  /** Told of each beginning, at `debug`. */
  readonly logger?: Pick<Logger, 'debug'>;
}

export interface RequestObserver {
  /** To be given to `createHttpApp`. */
  onEnd(reply: FastifyReply, ms: number, log: () => void): void;
  /** To be called on an app that is not ready, before other hooks are added: what they do is then part of the span. */
  follow(app: FastifyInstance): void;
}

interface Observed {
  readonly span: OpenSpan;
  readonly method: string;
  readonly route: string | undefined;
  error?: unknown;
}

declare module 'fastify' {
  interface FastifyRequest {
    observed?: Observed;
  }
}

/** The methods of RFC 9110 and RFC 5789. Of the thirty others that Node reads, each would be a series of its own. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** The client left before it had an answer. No status of HTTP says so; this one is nginx's. */
const CLIENT_LEFT = 499;

/** One span, one line of the log and one observation a request, whatever becomes of it. */
export function observeRequests({ tracing, metrics, logger }: RequestObserverOptions): RequestObserver {
  /** Names and attributes: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span */
  const begin = (request: FastifyRequest): Observed => {
    const method = METHODS.has(request.method) ? request.method : '_OTHER';
    // Kept, for Fastify makes the options anew each time it is asked for them. A path it cannot read has none.
    const route = request.routeOptions?.url;
    const attributes = {
      'http.request.method': method,
      'url.scheme': request.protocol,
      [REQUEST_ID_ATTRIBUTE]: request.id,
      ...(route !== undefined && { 'http.route': route }),
    };
    const name = route === undefined ? method : `${method} ${route}`;
    const span = tracing.begin(name, { kind: 'server', attributes, parent: request.headers });
    return { span, method, route };
  };

  return {
    follow(app) {
      app.decorateRequest('observed');
      app.addHook('onRequest', (request, _reply, done) => {
        request.observed = begin(request);
        // Once is enough: what follows on a body, Fastify 5.12 runs as a part of what began to read it.
        const { span, method, route } = request.observed;
        span.run(() => {
          logger?.debug({ method, route }, 'request begins');
          done();
        });
      });
      app.addHook('onError', (request, _reply, error, done) => {
        if (request.observed) request.observed.error = error;
        done();
      });
    },

    onEnd(reply, ms, log) {
      const { request, raw } = reply;
      // Nobody hears it: it is for the log, the span and the numbers, which say the same.
      if (!raw.headersSent) reply.code(CLIENT_LEFT);
      const status = reply.statusCode;
      // What was refused before our hook has its span now: a caller's trace shows that refusal too.
      const { span, method, route = 'none', error } = request.observed ?? begin(request);
      span.set({ 'http.response.status_code': status });
      if (status >= 500) span.fail(error ?? statusError(status));
      span.run(() => {
        log();
        const traceId = tracing.ids()?.trace_id;
        metrics.answered({ method, route, status, seconds: ms / 1_000, traceId });
      });
      span.end();
    },
  };
}

/** For an answer that no error has led to: the status is its kind, as the conventions for `error.type` want it. */
function statusError(status: number): Error {
  return Object.assign(new Error('answered with a failure'), { name: String(status) });
}
