import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestPlainly,
} from 'node:http';
import { request as requestSafely } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange } from './harness.ts';
import { type Conversation, converse, type Piece, type TalkOptions, talkLine } from './socket.ts';
import { allHeaders, type Body, type Call, LongBody, type Story, textOf } from './story.ts';
import { describeText } from './text.ts';

/** What came back for one request. */
export interface Reply extends Exchange {
  call: Call;
  /** 0 when no answer came. */
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** What the body says as JSON, or undefined. */
  body: unknown;
}

type Headers = Readonly<Record<string, string>>;

/** One check's way to talk to a server. It remembers what was said, so that a failure can show how to repeat it. */
export interface Client {
  /** Where the server answers, without a slash at the end. */
  readonly url: string;
  /** What each request says beside its own headers: whose it is, where the client has signed in. */
  readonly headers: Headers;
  send(call: Call): Promise<Reply>;
  get(path: string, headers?: Headers): Promise<Reply>;
  post(path: string, body?: Body, headers?: Headers): Promise<Reply>;
  put(path: string, body?: Body, headers?: Headers): Promise<Reply>;
  patch(path: string, body?: Body, headers?: Headers): Promise<Reply>;
  delete(path: string, headers?: Headers): Promise<Reply>;
  /** Sends all at once. */
  together(calls: readonly Call[]): Promise<Reply[]>;
  /** Writes to the naked socket. */
  talk(pieces: readonly Piece[], options?: TalkOptions): Promise<Conversation>;
  /** Something that happened beside HTTP; `line` does it again in a shell. Ids in it stand in single quotes, or in none. */
  note(line: string, quoted?: boolean): void;
  /** An exchange in words of the check's own. */
  exchange(sent: string, received: string): Exchange;
  /** The same talk, by somebody with another token, or with none. */
  as(token: string | undefined): Client;
}

const TIME_LIMIT = 15_000;
/** How long a server is given to refuse a long body before it comes, in milliseconds. */
const PATIENCE = 500;
/** An answer to a long body is lost where the connection ends under it: another try may read it in time. */
const TRIES = 3;

export function createClient(url: string, story: Story, token?: string): Client {
  const own = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const exchange = (sent: string, received: string): Exchange => {
    const repeat = story.repeat();
    return {
      sent,
      received,
      get repeat() {
        return repeat();
      },
    };
  };
  const sendAll = async (calls: readonly Call[]) => {
    const signed = calls.map((call) => signedCall(call, own));
    const gain = story.tellCalls(signed);
    const answers = await Promise.all(signed.map((call) => sendStubbornly(url, call)));
    gain(answers.map(gainsOf));
    return answers.map((answer, index): Reply => {
      const call = calls[index] ?? { method: '', path: '' };
      const beside = calls.length > 1 ? `one of ${calls.length} at once:\n` : '';
      const sent = beside + describeCall(call, own);
      const repeat = story.repeat();
      return {
        ...{ ...answer, call, body: parse(answer.text), sent, received: describeAnswer(answer) },
        // Told only where it is asked for: to tell the whole story after each request would take ever longer.
        get repeat() {
          return repeat();
        },
      };
    });
  };
  const send = async (call: Call): Promise<Reply> => {
    const [reply] = await sendAll([call]);
    if (!reply) throw new Error('one call has one reply');
    return reply;
  };
  return {
    url,
    headers: own,
    send,
    get: (path, headers) => send({ method: 'GET', path, headers }),
    post: (path, body, headers) => send({ method: 'POST', path, body, headers }),
    put: (path, body, headers) => send({ method: 'PUT', path, body, headers }),
    patch: (path, body, headers) => send({ method: 'PATCH', path, body, headers }),
    delete: (path, headers) => send({ method: 'DELETE', path, headers }),
    together: sendAll,
    async talk(pieces, options = {}) {
      story.tell(talkLine(url, pieces, options), true);
      const heard = await converse(url, pieces, options);
      return Object.assign(exchange(heard.sent, heard.received), heard.facts);
    },
    note: (line, quoted) => story.tell(line, quoted),
    exchange,
    as: (other) => createClient(url, story, other),
  };
}

/** The call with what its client says each time; what the call itself says comes first. */
function signedCall(call: Call, own: Headers): Call {
  const isSaid = Object.keys(call.headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
  return isSaid || Object.keys(own).length === 0 ? call : { ...call, headers: { ...call.headers, ...own } };
}

interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Why there is no answer. */
  failure?: string;
}

async function sendStubbornly(url: string, call: Call): Promise<RawAnswer> {
  const tries = call.body instanceof LongBody ? TRIES : 1;
  for (let number = 1; ; number++) {
    const answer = await sendOnce(url, call);
    if (answer.status !== 0 || number === tries) return answer;
  }
}

function sendOnce(url: string, { method, path, headers = {}, body }: Call): Promise<RawAnswer> {
  const target = new URL(/^https?:/.test(path) ? path : url);
  // What the check wrote goes out as it is: a URL object would mend it.
  const line = /^https?:/.test(path) ? `${target.pathname}${target.search}` : prefixOf(url) + path;
  const request = target.protocol === 'https:' ? requestSafely : requestPlainly;
  return new Promise((resolve) => {
    const nothing = (failure: string) => resolve({ status: 0, headers: {}, text: '', failure });
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const options = { host, port: target.port, method, path: line, agent: false };
    const timeout = AbortSignal.timeout(TIME_LIMIT);
    const outgoing = request(
      { ...options, headers: { ...allHeaders(headers, body), ...lengthOf(body) }, signal: timeout },
      (response) =>
        void collect(response).then(resolve, (error: Error) => nothing(`no whole answer: ${error.message}`)),
    );
    outgoing.on('error', (error) =>
      nothing(timeout.aborted ? `no answer within ${TIME_LIMIT / 1000} s` : `no answer: ${error.message}`),
    );
    if (body instanceof LongBody) void pour(outgoing, body);
    else outgoing.end(Buffer.isBuffer(body) ? body : textOf(body));
  });
}

function prefixOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '');
}

function lengthOf(body: Body | undefined): Record<string, string> {
  if (body === undefined) return {};
  if (body instanceof LongBody)
    return body.measured ? { 'Content-Length': String(Buffer.byteLength(body.start) + body.spaces) } : {};
  return { 'Content-Length': String(Buffer.isBuffer(body) ? body.length : Buffer.byteLength(textOf(body))) };
}

/**
 * Writes on until the server has answered or has had enough. A server may answer before all has come, and then end
 * the connection: so this looks for an answer before it writes at all, and between two pieces.
 */
async function pour(outgoing: ClientRequest, { start, spaces }: LongBody): Promise<void> {
  let over = false;
  for (const end of ['response', 'close', 'error']) {
    outgoing.once(end, () => {
      over = true;
    });
  }
  outgoing.write(start);
  for (let waited = 0; !over && waited < PATIENCE; waited += 10) await sleep(10);
  const chunk = Buffer.alloc(64 * 1024, ' ');
  for (let left = spaces; !over && left > 0; left -= chunk.length) {
    outgoing.write(chunk.subarray(0, left));
    await sleep(1);
    while (!over && outgoing.writableNeedDrain) await sleep(1);
  }
  if (!over) outgoing.end();
}

async function collect(response: IncomingMessage): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, text: Buffer.concat(chunks).toString('utf8') };
}

function gainsOf({ headers, text }: RawAnswer) {
  const id = headers.location?.split('/').at(-1);
  const body = parse(text);
  const cursor = typeof body === 'object' && body && 'nextCursor' in body ? body.nextCursor : undefined;
  return [
    ...(id ? [{ kind: 'id' as const, value: id }] : []),
    ...(headers.etag ? [{ kind: 'etag' as const, value: headers.etag }] : []),
    ...tokenIn(body).map((value) => ({ kind: 'token' as const, value })),
    // One that must be written otherwise in a URL than in JSON is left as it is.
    ...(typeof cursor === 'string' && cursor !== '' && encodeURIComponent(cursor) === cursor
      ? [{ kind: 'cursor' as const, value: cursor }]
      : []),
  ];
}

/** The token of a login, which later requests show. */
function tokenIn(body: unknown): string[] {
  const token = typeof body === 'object' && body && 'token' in body ? body.token : undefined;
  return typeof token === 'string' && token !== '' ? [token] : [];
}

function describeCall(call: Call, own: Headers): string {
  const { method, path, headers = {}, body } = call;
  // A token that is good is nobody's to read over a shoulder.
  const signed = signedCall(call, own) === call ? [] : ['Authorization: Bearer (the token of who signed in)'];
  const fields = Object.entries(allHeaders(headers, body)).map(([name, text]) => `${name}: ${text}`);
  return [`${method} ${path}`, ...signed, ...fields, ...(body === undefined ? [] : ['', textOf(body)])].join(
    '\n',
  );
}

function describeAnswer({ status, headers, text, failure }: RawAnswer): string {
  if (failure) return failure;
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`status ${status}`, ...fields, describeText('body', text)].join('\n');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
