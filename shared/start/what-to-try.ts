import type { Stage } from '../stages.ts';
import type { Login } from './sample-account.ts';

/** A stage that serves, as `npm start` shows it. */
export interface Served {
  readonly stage: Stage;
  readonly url: string;
  /** Where its people are, for people. */
  readonly place: string;
  /** Paths under `/api/v1` that are lists, besides the patients. */
  readonly lists: readonly string[];
  readonly door: Door;
  /** Whether it tells how it does, and draws what a request did. */
  readonly isObserved: boolean;
}

/** How to get in: there is no door; with this account, which may be signed in already; or as the person knows. */
export type Door = 'none' | { readonly login: Login; readonly token: string | undefined } | 'own accounts';

/** What a person may type next. */
export function describeServed(served: Served): string {
  const { stage, url, place, lists, door, isObserved } = served;
  const { number, folder } = stage;
  const token = typeof door === 'object' ? door.token : undefined;
  const header = door === 'none' ? '' : ` -H "authorization: Bearer ${token ?? 'TOKEN'}"`;
  const lines = [
    `${url}/docs`,
    `curl -i${header} "${url}/api/v1/patients?limit=2"`,
    `curl -s${header} "${url}/api/v1/patients?search=okafor"`,
    ...lists.map((list) => `curl -s${header} "${url}/api/v1/${list}"`),
    ...(isObserved ? [`curl -s "${url}/ready"`, `curl -s "${url}/metrics"`, 'npm run -s trace'] : []),
  ];
  return `
Stage ${number} serves the people in ${place}.${describeDoor(door)}

Try next, here a page for your browser, and lines for another terminal:
${lines.map((line) => `  ${line}`).join('\n')}
Each request writes a line here. Ctrl-C ends it.
Then read ${folder}/README.md, the lesson. "npm run demo:${number}" is a guided tour.
`;
}

const WHAT_TOKEN_IS = 'TOKEN is what POST /auth/login answers.';

function describeDoor(door: Door): string {
  if (door === 'none') return '';
  if (door === 'own accounts') return `\nSign in with an account of yours: ${WHAT_TOKEN_IS}`;
  const { login, token } = door;
  const howFar = token ? 'The lines below are signed in already.' : WHAT_TOKEN_IS;
  return `\nThe account is ${login.username}, its password until the next start: ${login.password}\n${howFar}`;
}
