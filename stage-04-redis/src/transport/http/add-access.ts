import type { AsyncLocalStorage } from 'node:async_hooks';
import { problems } from '@medcenter/stage-03-postgres/transport/http';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import {
  type Actor,
  type AuditEvent,
  DomainError,
  forbidden,
  RateLimited,
  type Session,
  unauthenticated,
} from '../../domain/index.ts';
import type { CacheResult } from '../../cache/index.ts';
import type { SignIn } from '../../session/index.ts';
import { type AccessRules, describeRule, ruleOf } from './access-rules.ts';
import { denialOf } from './denied.ts';

/** What is known of the request that is being answered, for those who are not handed it. */
export interface CurrentRequest extends Actor {
  /** How the patient who was asked for was found. */
  cache?: CacheResult;
}

export interface AccessOptions {
  readonly rules: AccessRules;
  readonly signIn: Pick<SignIn, 'check'>;
  /** Whether the record that the request is about belongs to who asks, for the rule `own`. */
  isOwn(session: Session, request: FastifyRequest): Promise<boolean>;
  /** Called before a refusal is answered. When it fails, the request fails. */
  onDenied(actor: Actor, event: AuditEvent): Promise<void>;
  readonly current: AsyncLocalStorage<CurrentRequest>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; undefined on a route that is for anybody. */
    session?: Session;
    /** The token by which they showed it. */
    token?: string;
    current?: CurrentRequest;
  }
}

/** Lets each request in by the rule of its route. To be called on an app that is not ready; it covers all routes. */
export function addAccess(app: FastifyInstance, options: AccessOptions): void {
  const { rules, signIn, isOwn, onDenied, current } = options;

  app.addHook('onRequest', async (request) => {
    const rule = ruleOf(rules, request.method, request.routeOptions.url ?? '');
    if (rule === 'anybody') return;
    try {
      const session = await identify(request, signIn);
      const scope = rule === 'signed in' ? 'all' : rule?.[session.role];
      if (!scope) throw forbidden(`the role ${session.role} may not do this`);
      if (scope === 'own' && !(await isOwn(session, request))) {
        throw forbidden(`the role ${session.role} may do this with their own records only`);
      }
    } catch (error) {
      if (error instanceof DomainError && ['unauthenticated', 'forbidden'].includes(error.code)) {
        const event = denialOf(request);
        if (event) await onDenied(actorOf(request), event);
      }
      throw error;
    }
  });

  // Here and not in onRequest: while a body is waited for, Node loses track of whose request it is.
  app.addHook('preHandler', (request, _reply, done) => {
    if (!request.session) return done();
    request.current = actorOf(request);
    current.run(request.current, done);
  });

  app.addHook('onSend', (request, reply, _payload, done) => {
    if (request.current?.cache) reply.header('x-cache', request.current.cache);
    done();
  });

  app.addHook('onError', async (request, reply, error) => tellHow(request, reply, error));
}

/** Puts the session into the request. @throws DomainError `unauthenticated`, `unavailable` */
async function identify(request: FastifyRequest, signIn: Pick<SignIn, 'check'>): Promise<Session> {
  const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) throw unauthenticated('sign in, and send Authorization: Bearer and the token');
  request.session = await signIn.check(token);
  request.token = token;
  return request.session;
}

function actorOf({ session, id: requestId }: FastifyRequest): Actor {
  return { username: session?.username, requestId };
}

/** What a refused caller has to know besides: RFC 6750 section 3, RFC 6585 section 4. */
function tellHow(request: FastifyRequest, reply: FastifyReply, error: Error): void {
  if (!(error instanceof DomainError)) return;
  if (error.code === 'unauthenticated') {
    const why = request.headers.authorization === undefined ? '' : ', error="invalid_token"';
    reply.header('www-authenticate', `Bearer realm="medcenter"${why}`);
  }
  if (error instanceof RateLimited) reply.header('retry-after', String(error.retryAfterSeconds));
}

/** Says in the API's document who may use a route, and how they show who they are. To be given to `createHttpApp`. */
export function documentAccess(rules: AccessRules) {
  return ({ method, url, schema }: RouteOptions): void => {
    const rule = ruleOf(rules, String([method].flat()[0]), url);
    if (!schema || !rule || rule === 'anybody') return;
    const { description, response = {} } = schema as { description?: string; response?: object };
    const who = describeRule(rule);
    Object.assign(schema, {
      description: [description, `For: ${who}.`].filter(Boolean).join(' '),
      security: [{ session: [] }],
      'x-roles': who,
      response: { ...response, ...problems(401, 403, 503) },
    });
  };
}

/** The way to show it, for the same document. */
export const securitySchemes = {
  session: { type: 'http', scheme: 'bearer', description: 'The token that POST /auth/login answers.' },
} as const;
