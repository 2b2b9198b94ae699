import { main, server, type Wrong } from './base.ts';

/** Takes what it knows and passes over the rest in silence, as frameworks like to do. */
export const wrong: Wrong = { caughtBy: 'unknown-fields-are-named' };

const { judge } = server;

function judgeTheKnown(body: unknown, own?: readonly string[]): ReturnType<typeof judge> {
  if (typeof body !== 'object' || body === null) return judge(body, own);
  const known = ['lastName', 'firstName', 'middleName', 'birthDate', 'sex', 'phone'];
  return judge(Object.fromEntries(Object.entries(body).filter(([name]) => known.includes(name))), own);
}

if (import.meta.main) await main({ judge: judgeTheKnown });
