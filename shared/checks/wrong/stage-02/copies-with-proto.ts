import { main, server, type Wrong } from './base.ts';

/** Copies the fields by assignment, where `__proto__` is no field but an order. */
export const wrong: Wrong = { caughtBy: 'proto-in-a-body-is-harmless' };

const { judge } = server;

function judgeACopy(body: unknown, own?: readonly string[]): ReturnType<typeof judge> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return judge(body, own);
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) copy[name] = value;
  return judge(copy, own);
}

if (import.meta.main) await main({ judge: judgeACopy });
