import { bodyOf, problems } from '@medcenter/stage-03-postgres/transport/http';
import type { FastifyInstance } from 'fastify';
import { loginAnswerSchema, loginInputSchema, readLoginInput } from '../../schema/index.ts';
import type { SignIn } from '../../session/index.ts';

/** `/auth`: a token for a name and a password, and its end. */
export async function authRoutes(app: FastifyInstance, { signIn }: { signIn: SignIn }): Promise<void> {
  const tags = ['sign-in'];

  const loginSchema = {
    tags,
    summary: 'Sign in',
    body: { ...loginInputSchema, examples: [{ username: 'front-desk', password: 'tea at half past four' }] },
    response: { 200: loginAnswerSchema, ...problems(400, 401, 413, 415, 422, 429, 503) },
  };
  app.post('/auth/login', { schema: loginSchema }, async (request, reply) => {
    const { username, password } = readLoginInput(bodyOf(request));
    const { token, session } = await signIn.login({ username, password, address: request.ip });
    reply.header('cache-control', 'no-store'); // RFC 6749 section 5.1: nobody keeps a token on its way.
    return {
      token,
      expiresAt: session.expiresAt,
      user: { username: session.username, role: session.role },
    };
  });

  const logoutSchema = {
    tags,
    summary: 'Sign out',
    response: { 204: { type: 'null', description: 'The token is good for nothing any more.' } },
  };
  app.post('/auth/logout', { schema: logoutSchema }, async ({ token = '' }, reply) => {
    await signIn.logout(token);
    return reply.code(204).send();
  });
}
