import type { Client, Reply } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { isRecord, type JsonRecord } from '../stage-01/expectations.ts';
import type { Details } from '../stage-01/people.ts';
import { PATIENTS } from './check.ts';
import { somebody } from './people.ts';

export {
  expectAbsent,
  expectFields,
  isRecord,
  type JsonRecord,
  parse,
  sameJson,
} from '../stage-01/expectations.ts';

/** Words that only the inside of a program knows: of its files, its language and its libraries. */
const INSIDE = [
  /\bat .+:\d+:\d+/,
  /node_modules|\.[cm]?[jt]s:\d|File ".*", line \d|Traceback|\.(java|go|py|rb|cs|rs):\d/,
  /Unexpected (token|end|non-whitespace)|Expected property name|in JSON at position|is not valid JSON/,
  /ENOENT|EACCES|SyntaxError|TypeError|JSONDecodeError|\bpanic\b/,
];

export function expectStatus(reply: Reply, ...statuses: number[]): void {
  expect(statuses.includes(reply.status), `status ${statuses.join(' or ')}`, reply);
}

export function expectNoFailure(reply: Reply): void {
  expect(reply.status >= 200 && reply.status < 500, 'an answer that is no 5xx', reply);
}

/** A refusal as RFC 9457 tells it, and nothing of the inside in it. */
export function expectProblem(reply: Reply, ...statuses: number[]): JsonRecord {
  expectStatus(reply, ...statuses);
  const type = reply.headers['content-type'] ?? '';
  expect(/^application\/problem\+json\s*(;|$)/i.test(type), 'the type application/problem+json', reply);
  const { body } = reply;
  expect(isRecord(body), 'one JSON object in the body', reply);
  expect(
    body.status === undefined || body.status === reply.status,
    `"status": ${reply.status} in the body too`,
    reply,
  );
  expectNothingOfTheInside(reply, reply.text);
  return body;
}

export function expectNothingOfTheInside(exchange: Exchange, text: string): void {
  const found = INSIDE.map((words) => words.exec(text)?.[0]).find((words) => words !== undefined);
  expect(found === undefined, `nothing of the program's inside, and not "${found}"`, exchange);
}

/** A refusal with a list of what is wrong, in which each of these paths has its message. */
export function expectErrors(reply: Reply, paths: readonly string[]): void {
  const { errors } = expectProblem(reply, 422);
  const sound =
    Array.isArray(errors) &&
    errors.every(
      (one) =>
        isRecord(one) &&
        typeof one.path === 'string' &&
        typeof one.message === 'string' &&
        one.message !== '',
    );
  expect(sound, 'errors: [{ path, message }, …], both of them texts', reply);
  const told = errors.map(({ path }: JsonRecord) => path);
  const missing = paths.filter((path) => !told.includes(path));
  expect(
    missing.length === 0,
    `an error for each of ${paths.join(', ')}; missing: ${missing.join(', ')}`,
    reply,
  );
}

/** A patient's record as an answer. */
export function expectPatient(reply: Reply, status: number): JsonRecord & { id: string } {
  expectStatus(reply, status);
  expect(
    /^application\/json\s*(;|$)/i.test(reply.headers['content-type'] ?? ''),
    'the type application/json',
    reply,
  );
  const { body } = reply;
  expect(
    isRecord(body) && typeof body.id === 'string' && body.id !== '',
    'a record with its id in the body',
    reply,
  );
  return { ...body, id: body.id as string };
}

export interface Page {
  items: JsonRecord[];
  /** Undefined at the end. */
  nextCursor: string | undefined;
}

export function expectPage(reply: Reply): Page {
  expectStatus(reply, 200);
  const { body } = reply;
  expect(
    isRecord(body) && Array.isArray(body.items) && body.items.every(isRecord),
    '{ items, nextCursor } in the body, items a list of records',
    reply,
  );
  const { nextCursor } = body;
  const sound = nextCursor === undefined || nextCursor === null || typeof nextCursor === 'string';
  expect(sound, 'nextCursor as a text, or null at the end', reply);
  return {
    items: body.items as JsonRecord[],
    nextCursor: (nextCursor as string | null | undefined) || undefined,
  };
}

export interface Registered {
  id: string;
  path: string;
  etag: string;
  record: JsonRecord;
  reply: Reply;
}

/** Registers somebody; that it works is what the check relies on. */
export async function register(api: Client, changes: Partial<Details> = {}): Promise<Registered> {
  return expectRegistered(await api.post(PATIENTS, somebody(changes)));
}

export function expectRegistered(reply: Reply, collection = PATIENTS): Registered {
  const record = expectPatient(reply, 201);
  return {
    id: record.id,
    path: `${collection}/${record.id}`,
    etag: expectEntityTag(reply),
    record,
    reply,
  };
}

/** A strong entity tag, such as `"1"`. */
export function expectEntityTag(reply: Reply): string {
  const { etag } = reply.headers;
  expect(
    etag && /^"[\x21\x23-\x7e]*"$/.test(etag),
    'an ETag that is strong and in quotes, such as "1"',
    reply,
  );
  return etag;
}

/** Registers several at once. */
export async function registerMany(api: Client, count: number, changes: Partial<Details>): Promise<string[]> {
  const ids: string[] = [];
  // In handfuls, so that a server with few threads is not the subject here.
  while (ids.length < count) {
    const calls = Array.from({ length: Math.min(10, count - ids.length) }, () => ({
      method: 'POST',
      path: PATIENTS,
      body: somebody(changes),
    }));
    for (const reply of await api.together(calls)) ids.push(expectPatient(reply, 201).id);
  }
  return ids;
}

export const query = (values: Readonly<Record<string, string | number>>): string =>
  `?${Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;

export const idsOf = ({ items }: Page): string[] => items.map(({ id }) => String(id));

/** Reads a list of patients page by page to its end, and does something between two pages. */
export const readPages = (api: Client, search: string, limit: number, between?: () => Promise<void>) =>
  readPagesOf(api, PATIENTS, { search, limit }, between);

export async function readPagesOf(
  api: Client,
  path: string,
  { limit, ...values }: Readonly<Record<string, string | number>> & { limit: number },
  between: () => Promise<void> = async () => {},
): Promise<{ ids: string[]; last: Reply }> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; ; pages++) {
    const reply = await api.get(path + query({ ...values, limit, ...(cursor !== undefined && { cursor }) }));
    const page = expectPage(reply);
    expect(page.items.length <= limit, `at most ${limit} items`, reply);
    expect(pages < 100, 'a list that ends after a while', reply);
    ids.push(...idsOf(page));
    if (page.nextCursor === undefined) return { ids, last: reply };
    cursor = page.nextCursor;
    await between();
  }
}

/** The server answers as if nothing had been. */
export async function expectAlive(api: Client): Promise<void> {
  const reply = await api.get('/health');
  expect(reply.status === 200, 'a server that lives on: 200', reply);
}
