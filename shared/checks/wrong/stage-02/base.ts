import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  main as commandLine,
  type Data,
  type Fields,
  type Patient,
  program as people,
} from '../stage-01/base.ts';
import { docsPage, openApi } from './documents.ts';

export type { Data, Patient, Wrong } from '../stage-01/base.ts';

export type FieldError = { path: string; message: string };

/** An answer that is no success. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: FieldError[] | undefined;

  constructor(status: number, message: string, errors?: FieldError[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export interface Answer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body?: unknown;
}

export interface Incoming {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  /** Reads the body to its end. */
  read(): Promise<unknown>;
}

const LONGEST_BODY = 64 * 1024;
const FIELDS = ['lastName', 'firstName', 'middleName', 'birthDate', 'sex', 'phone'];
const OWN_FIELDS = ['id', 'version', 'createdAt', 'updatedAt'];

let lastChange: Promise<unknown> = Promise.resolve();
const log = (line: object) => console.log(JSON.stringify(line));

/**
 * A small server that keeps the whole contract of stage 2, in plain Node, part by part, over the parts of stage 1's
 * small program. The wrong programs beside it are this one with a part replaced, so what a check finds in them can
 * only be that part.
 */
export const server = {
  file: (): string => people.locate(process.env.DATA_FILE ?? 'patients.json'),

  load: (): Promise<Data> => people.read(server.file()),

  /** One change at a time in this process, and under the file's lock in this and all others. */
  change<T>(work: (data: Data) => Promise<T>): Promise<T> {
    const change = lastChange.then(() =>
      people.locked(server.file(), 'change', async () => {
        const data = await server.load();
        const result = await work(data);
        await people.write(server.file(), data);
        return result;
      }),
    );
    lastChange = change.catch(() => {});
    return change;
  },

  find(data: Data, id: string): Patient {
    const found = data.patients.find((patient) => patient.id === id);
    if (!found) throw new Refusal(404, 'There is no such patient.');
    return found;
  },

  tagOf: ({ version }: Patient): string => `"${version}"`,

  tagsOf: (header: string): string[] => header.split(',').map((tag) => tag.trim()),

  isUnchanged: (ifNoneMatch: string, tag: string): boolean =>
    ifNoneMatch === '*' || server.tagsOf(ifNoneMatch).some((each) => each.replace(/^W\//, '') === tag),

  mayChange: (ifMatch: string | undefined, tag: string): boolean =>
    ifMatch === undefined || ifMatch === '*' || server.tagsOf(ifMatch).includes(tag),

  refuseOther(patient: Patient, { headers }: Incoming): void {
    if (!server.mayChange(headers['if-match'], server.tagOf(patient)))
      throw new Refusal(412, 'Somebody has changed it meanwhile.');
  },

  errorsOf(body: unknown): FieldError[] {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      return [{ path: '', message: 'wants an object' }];
    const unknown = Object.keys(body).filter((name) => !FIELDS.includes(name));
    const entries = FIELDS.flatMap((name) =>
      Object.hasOwn(body, name) ? [[name, ownValueOf(body, name)] as const] : [],
    );
    const noTexts = entries.filter(([, value]) => typeof value !== 'string').map(([name]) => name);
    const fields = Object.fromEntries(entries.filter(([, value]) => typeof value === 'string')) as Fields;
    const empty = ['middleName', 'phone'].filter((name) => fields[name] === '');
    const complaints = people.complaints(server.cleaned(fields)).map((complaint) => complaint.split(': '));
    return [
      ...unknown.map((name) => ({ path: `/${pointer(name)}`, message: 'is no field of a patient' })),
      ...noTexts.map((name) => ({ path: `/${name}`, message: 'wants a text' })),
      ...empty.map((name) => ({ path: `/${name}`, message: 'wants a text, or is left out' })),
      ...complaints
        .filter(([name = '']) => !noTexts.includes(name))
        .map(([name, message = '']) => ({ path: `/${name}`, message })),
    ];
  },

  cleaned: (fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, people.clean(text ?? '')])),

  /** The fields of a whole record, without those that are the server's own. */
  judge(body: unknown, own: readonly string[] = []): Fields {
    const judged = own.length > 0 && isObject(body) ? without(body, own) : body;
    const errors = server.errorsOf(judged);
    if (errors.length > 0) throw new Refusal(422, 'Some fields are wrong.', errors);
    return server.cleaned(judged as Fields);
  },

  async register({ read }: Incoming): Promise<Answer> {
    const fields = server.judge(await read());
    const patient = await server.change(async (data) => {
      const created = people.created(fields);
      data.patients.push(created);
      return created;
    });
    return {
      status: 201,
      headers: { Location: `/api/v1/patients/${patient.id}`, ETag: server.tagOf(patient) },
      body: patient,
    };
  },

  async get(id: string, { headers }: Incoming): Promise<Answer> {
    const patient = server.find(await server.load(), id);
    const ETag = server.tagOf(patient);
    const ifNoneMatch = headers['if-none-match'];
    if (ifNoneMatch !== undefined && server.isUnchanged(ifNoneMatch, ETag))
      return { status: 304, headers: { ETag } };
    return { status: 200, headers: { ETag }, body: patient };
  },

  async replace(id: string, incoming: Incoming): Promise<Answer> {
    const body = await incoming.read();
    const fields = server.judge(body, OWN_FIELDS);
    const patient = await server.change(async (data) => {
      const old = server.find(data, id);
      server.refuseOther(old, incoming);
      server.refuseOwn(old, body);
      const replaced = server.replaced(old, fields);
      data.patients = data.patients.map((each) => (each === old ? replaced : each));
      return replaced;
    });
    return { status: 200, headers: { ETag: server.tagOf(patient) }, body: patient };
  },

  refuseOwn(old: Patient, body: unknown): void {
    const changed = OWN_FIELDS.filter(
      (name) => isObject(body) && Object.hasOwn(body, name) && body[name] !== old[name],
    );
    const errors = changed.map((name) => ({ path: `/${name}`, message: 'cannot be changed' }));
    if (errors.length > 0) throw new Refusal(422, 'Some fields are not yours.', errors);
  },

  replaced: ({ id, version, createdAt }: Patient, fields: Fields): Patient => ({
    id,
    ...fields,
    version: version + 1,
    createdAt,
    updatedAt: new Date().toISOString(),
  }),

  async remove(id: string, incoming: Incoming): Promise<Answer> {
    await server.change(async (data) => {
      const old = server.find(data, id);
      server.refuseOther(old, incoming);
      data.patients = data.patients.filter((each) => each !== old);
    });
    return { status: 204 };
  },

  async list({ query }: Incoming): Promise<Answer> {
    const limit = server.readLimit(query.get('limit'));
    const search = query.get('search') ?? '';
    const { patients } = await server.load();
    const names = ({ lastName, firstName, middleName = '' }: Patient) =>
      [lastName, firstName, middleName].map(String);
    const found = patients
      .filter((patient) => names(patient).some((name) => people.contains(name, search)))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return { status: 200, body: server.page(found, limit, query.get('cursor'), search) };
  },

  readLimit(text: string | null): number {
    const limit = /^\d{1,3}$/.test(text ?? '20') ? Number(text ?? 20) : 0;
    if (limit < 1 || limit > 100) throw new Refusal(400, 'limit wants a number from 1 to 100.');
    return limit;
  },

  page(found: readonly Patient[], limit: number, cursor: string | null, search: string): object {
    const after = cursor === null ? '' : server.readCursor(cursor, search);
    const rest = found.filter(({ id }) => id > after);
    const items = rest.slice(0, limit);
    const last = items.at(-1)?.id ?? '';
    return { items, nextCursor: rest.length > limit ? server.writeCursor(last, search) : null };
  },

  writeCursor(id: string, search: string): string {
    const sum = createHash('sha256').update(`${search}\n${id}`).digest('hex').slice(0, 12);
    return Buffer.from(`${sum}${id}`).toString('base64url');
  },

  readCursor(cursor: string, search: string): string {
    const id = Buffer.from(cursor, 'base64url').toString().slice(12);
    if (server.writeCursor(id, search) !== cursor) throw new Refusal(400, 'This is no cursor of this list.');
    return id;
  },

  refuseType(type: string): void {
    const [media = '', ...parameters] = type
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    if (media !== 'application/json') throw new Refusal(415, 'Send application/json.');
    if (parameters.some((each) => /^charset=/.test(each) && !/^charset="?utf-8"?$/.test(each)))
      throw new Refusal(415, 'JSON is UTF-8.');
  },

  async readBody(request: IncomingMessage): Promise<unknown> {
    server.refuseType(request.headers['content-type'] ?? '');
    const chunks: Buffer[] = [];
    let length = Number(request.headers['content-length'] ?? 0);
    if (length <= LONGEST_BODY) {
      length = 0;
      for await (const chunk of request) {
        length += chunk.length;
        if (length > LONGEST_BODY) break;
        chunks.push(chunk);
      }
    }
    if (length > LONGEST_BODY) throw new Refusal(413, 'The body is too large.');
    try {
      return JSON.parse(
        new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks)),
      );
    } catch (error) {
      throw server.notJson(error);
    }
  },

  notJson: (_error: unknown): Refusal => new Refusal(400, 'The body is not JSON.'),

  /** The route's pattern and what answers it. */
  async answer(incoming: Incoming): Promise<{ route: string; answer: () => Promise<Answer> }> {
    const { method, path } = incoming;
    const id = /^\/api\/v1\/patients\/([^/]+)$/.exec(path)?.[1];
    if (id !== undefined) {
      return server.route('/api/v1/patients/:id', method, {
        GET: async () => server.get(server.decode(id), incoming),
        PUT: async () => server.replace(server.decode(id), incoming),
        DELETE: async () => server.remove(server.decode(id), incoming),
      });
    }
    if (path === '/api/v1/patients') {
      return server.route(path, method, {
        GET: () => server.list(incoming),
        POST: () => server.register(incoming),
      });
    }
    if (path === '/health')
      return server.route(path, method, { GET: async () => ({ status: 200, body: { status: 'ok' } }) });
    if (path === '/openapi.json')
      return server.route(path, method, { GET: async () => ({ status: 200, body: openApi }) });
    if (path === '/docs') {
      const headers = { 'Content-Type': 'text/html; charset=utf-8' };
      return server.route(path, method, { GET: async () => ({ status: 200, headers, body: docsPage }) });
    }
    const nothing = async () => {
      server.decode(path);
      throw new Refusal(404, 'There is nothing at this path.');
    };
    return { route: 'none', answer: nothing };
  },

  route(route: string, method: string, answers: Record<string, () => Promise<Answer>>) {
    const allowed = [...Object.keys(answers), 'HEAD', 'OPTIONS'].join(', ');
    const other = async (): Promise<Answer> => {
      if (method === 'OPTIONS') return { status: 204, headers: { Allow: allowed } };
      throw Object.assign(new Refusal(405, 'This path does not know this method.'), { allowed });
    };
    return { route, answer: answers[method === 'HEAD' ? 'GET' : method] ?? other };
  },

  decode(text: string): string {
    try {
      return decodeURIComponent(text);
    } catch {
      throw new Refusal(400, 'The path is not a URL.');
    }
  },

  problemOf(error: unknown): Answer {
    const known = error instanceof Refusal ? error : undefined;
    const status = known?.status ?? 500;
    const body = { title: 'Refused', status, detail: server.detailOf(error), errors: known?.errors };
    const allowed = known && 'allowed' in known ? { Allow: String(known.allowed) } : {};
    return { status, headers: { 'Content-Type': server.problemType(), ...allowed }, body };
  },

  problemType: (): string => 'application/problem+json',

  detailOf: (error: unknown): string =>
    error instanceof Refusal ? error.message : 'Something went wrong here.',

  requestIdOf(given: string | string[] | undefined): string {
    return typeof given === 'string' && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
  },

  origins: (): string[] => (process.env.CORS_ORIGINS ?? '').split(',').filter(Boolean),

  mayRead: (origin: string): boolean => server.origins().includes(origin),

  corsHeaders({ headers, method }: Pick<IncomingMessage, 'headers' | 'method'>): OutgoingHttpHeaders {
    const { origin } = headers;
    if (origin === undefined || !server.mayRead(origin)) return {};
    const preflight = method === 'OPTIONS' && {
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE',
      'Access-Control-Allow-Headers': 'content-type, if-match, if-none-match, x-request-id',
    };
    const exposed = { 'Access-Control-Expose-Headers': 'ETag, Location, X-Request-Id' };
    return { 'Access-Control-Allow-Origin': origin, Vary: 'Origin', ...exposed, ...preflight };
  },

  logRequest(
    line: { method: string; route: string; status: number; ms: number; requestId: string },
    _url: string,
  ): void {
    if (!['error', 'fatal', 'warn'].includes(process.env.LOG_LEVEL ?? 'info')) log(line);
  },

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const { method = '', url = '', headers } = request;
    const [path = '', query = ''] = url.split('?', 2);
    const requestId = server.requestIdOf(headers['x-request-id']);
    const read = () => server.readBody(request);
    const incoming = { method, path, query: new URLSearchParams(query), headers, read };
    const { route, answer } = await server.answer(incoming);
    const {
      status,
      headers: more,
      body,
    } = await answer().catch((error: unknown) => {
      if (!(error instanceof Refusal)) log({ level: 'error', requestId, message: String(error) });
      return server.problemOf(error);
    });
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    // What is left of a body that nobody wanted must not be taken for the next request.
    const end = request.complete && !stopping ? {} : { Connection: 'close' };
    response.writeHead(status, {
      ...(text !== '' && { 'Content-Type': 'application/json; charset=utf-8' }),
      ...(status !== 304 && status !== 204 && { 'Content-Length': Buffer.byteLength(text) }),
      ...{ ...more, ...end, ...server.corsHeaders(request), 'X-Request-Id': requestId },
    });
    response.end(text);
    server.logRequest({ method, route, status, ms: Math.round(performance.now() - started), requestId }, url);
  },

  wrongSettings(): string[] {
    const { PORT = '3000', LOG_LEVEL = 'info' } = process.env;
    return [
      (/^\d{1,5}$/.test(PORT) && Number(PORT) < 65_536) || `PORT holds "${PORT}" and wants a port`,
      ['error', 'warn', 'info', 'debug'].includes(LOG_LEVEL) ||
        `LOG_LEVEL holds "${LOG_LEVEL}" and wants a level`,
    ].filter((complaint) => complaint !== true);
  },

  stop(listening: ReturnType<typeof createServer>): void {
    stopping = true;
    listening.close(() => process.exit(0));
    listening.closeIdleConnections();
  },
};

let stopping = false;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ownValueOf = (body: object, name: string): unknown =>
  Object.getOwnPropertyDescriptor(body, name)?.value;

const pointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

const without = (body: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));

/** Runs the server, or with flags stage 1's command line, with some of the server's parts replaced. */
export async function main(replaced: Partial<typeof server> = {}): Promise<void> {
  if (process.argv.length > 2) return commandLine();
  Object.assign(server, replaced);
  const complaints = server.wrongSettings();
  if (complaints.length > 0) {
    console.error(complaints.join('\n'));
    process.exit(2);
  }
  const listening = createServer((request, response) => {
    // A client that has left hears nothing.
    server.handle(request, response).catch(() => response.destroy());
  });
  listening.on('error', ({ message }) => {
    console.error(`Cannot listen: ${message}`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.stop(listening));
  listening.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', () => {
    console.error(`Listening on port ${(listening.address() as AddressInfo).port}`);
  });
}

if (import.meta.main) await main();
