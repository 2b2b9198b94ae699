import { createClient } from './client.ts';
import { type Credentials, expect } from './harness.ts';
import { createStory, curlLine, type KnownGain, takeToken } from './story.ts';
import { quoteWord } from './words.ts';

/** Somebody has signed in: how their requests show it, and how a shell does the same. */
export interface SignedIn {
  token: string;
  /** Lines for a shell that put the token into a variable. */
  lines: readonly string[];
  gain: KnownGain;
}

export const LOGIN = '/auth/login';

const KEPT = 'token.json';

/**
 * Signs in. Where the password is the person's own and not one of the checks, the lines ask for it instead of
 * showing it, and so does a failure.
 */
export async function signIn(
  url: string,
  account: Credentials,
  { opening, isTheirs = false }: { opening: readonly string[]; isTheirs?: boolean },
): Promise<SignedIn> {
  const lines = isTheirs ? askingLines(url, account) : [`${loginLine(url, account)} > ${KEPT}`];
  const reply = await createClient(url, createStory(url, [], [])).post(LOGIN, { ...account });
  const hidden = isTheirs ? reply.sent.replaceAll(account.password, '(the password)') : reply.sent;
  const exchange = {
    sent: hidden,
    received: reply.received,
    repeat: [...opening, ...lines, `cat ${KEPT}`].join('\n'),
  };
  const { body } = reply;
  const token = typeof body === 'object' && body && 'token' in body ? body.token : undefined;
  expect(
    reply.status === 200 && typeof token === 'string' && token !== '',
    `a session for ${account.username}, who may do everything: 200 with a token`,
    exchange,
  );
  return {
    token,
    lines: [...lines, `token="${takeToken(KEPT)}"`],
    gain: { kind: 'token', value: token, name: 'token' },
  };
}

function loginLine(url: string, { username, password }: Credentials): string {
  const call = { method: 'POST', path: LOGIN, body: { username, password } };
  return curlLine(call, url).replace('-isS', '-sS');
}

function askingLines(url: string, { username }: Credentials): string[] {
  const curl = `curl -sS -X POST -H 'Content-Type: application/json' --data-binary @- ${quoteWord(url + LOGIN)}`;
  return [
    `read -rsp ${quoteWord(`Password of ${username}: `)} PASSWORD`,
    `printf '{"username":"%s","password":"%s"}' ${quoteWord(username)} "$PASSWORD" | ${curl} > ${KEPT}`,
  ];
}
