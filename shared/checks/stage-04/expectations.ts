import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { expectProblem, expectStatus, isRecord, type JsonRecord } from '../stage-02/expectations.ts';
import { PATIENTS } from './check.ts';

export * from '../stage-03/expectations.ts';

/** The token of a login that went well. */
export function expectToken(reply: Reply): string {
  expectStatus(reply, 200);
  const { body } = reply;
  expect(
    isRecord(body) && typeof body.token === 'string' && body.token !== '',
    '{ token, expiresAt, user } in the body',
    reply,
  );
  return body.token as string;
}

/** Nobody is let in: RFC 9110, section 15.5.2, wants a challenge with it. */
export function expectUnauthenticated(reply: Reply): void {
  expectProblem(reply, 401);
  const challenge = String(reply.headers['www-authenticate'] ?? '');
  expect(/^Bearer\b/i.test(challenge), 'a WWW-Authenticate header that begins with Bearer', reply);
}

/** It is known who asks, and they may not. */
export function expectForbidden(reply: Reply): void {
  expectProblem(reply, 403);
}

/** Too often: RFC 6585, section 4. */
export function expectThrottled(reply: Reply): void {
  expectProblem(reply, 429);
  expectRetryAfter(reply, 900);
}

export function expectRetryAfter(reply: Reply, most: number): void {
  const text = String(reply.headers['retry-after'] ?? '');
  const isSound = /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most;
  expect(isSound, `a Retry-After of 1 to ${most} seconds`, reply);
}

/** The token opens the door, or it does not. */
export async function expectGood(api: Client, token: string): Promise<void> {
  expectStatus(await api.as(token).get(`${PATIENTS}?limit=1`), 200);
}

export async function expectDead(api: Client, token: string): Promise<void> {
  expectUnauthenticated(await api.as(token).get(`${PATIENTS}?limit=1`));
}

/** What a refusal says, without what is new each time. */
export function wordsOf({ body, status }: Reply): string {
  const { requestId: _requestId, instance: _instance, ...words }: JsonRecord = isRecord(body) ? body : {};
  return JSON.stringify({ status, ...words });
}

/** None of these secrets, each by its name, is in the text. */
export function findSecret(
  text: string | Buffer,
  secrets: Readonly<Record<string, string>>,
): string | undefined {
  return Object.entries(secrets).find(([, secret]) => text.includes(secret))?.[0];
}
