import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { type ApiCheck, lesson, PATIENTS } from './check.ts';
import { expectPatient, expectStatus, isRecord, type JsonRecord, register } from './expectations.ts';

const ROUTES = [
  ['get', PATIENTS],
  ['post', PATIENTS],
  ['get', `${PATIENTS}/{}`],
  ['put', `${PATIENTS}/{}`],
  ['delete', `${PATIENTS}/{}`],
  ['get', '/health'],
] as const;

export async function readDocument(api: Client): Promise<{ document: JsonRecord; reply: Reply }> {
  const reply = await api.get('/openapi.json');
  expectStatus(reply, 200);
  expect(isRecord(reply.body), 'one JSON object', reply);
  return { document: reply.body, reply };
}

/** The operation of a route, whatever its parameters are called, and whether or not `servers` holds a part of the path. */
export function operationOf(document: JsonRecord, method: string, route: string): JsonRecord | undefined {
  const servers = Array.isArray(document.servers) ? document.servers.filter(isRecord) : [];
  const prefixes = ['', ...servers.map(({ url }) => prefixOf(String(url)))];
  const paths = isRecord(document.paths) ? Object.entries(document.paths) : [];
  for (const [path, item] of paths) {
    const plain = path.replaceAll(/\{[^}]*\}/g, '{}');
    const operation = isRecord(item) ? item[method] : undefined;
    if (prefixes.some((prefix) => prefix + plain === route) && isRecord(operation)) return operation;
  }
  return undefined;
}

function prefixOf(url: string): string {
  return URL.canParse(url, 'http://x') ? new URL(url, 'http://x').pathname.replace(/\/$/, '') : '';
}

/** Follows `$ref` within the document. */
export function resolve(document: JsonRecord, value: unknown): unknown {
  if (!isRecord(value) || typeof value.$ref !== 'string') return value;
  const steps = value.$ref.replace(/^#\/?/, '').split('/').filter(Boolean);
  const names = steps.map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), document);
}

function danglingRefs(document: JsonRecord, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => danglingRefs(document, each));
  if (!isRecord(value)) return [];
  const own =
    typeof value.$ref === 'string' && value.$ref.startsWith('#') && resolve(document, value) === undefined;
  return [
    ...(own ? [String(value.$ref)] : []),
    ...Object.values(value).flatMap((each) => danglingRefs(document, each)),
  ];
}

/** The bodies that the document shows for an operation. */
export function examplesOf(document: JsonRecord, operation: JsonRecord): JsonRecord[] {
  const body = resolve(document, operation.requestBody);
  const content = isRecord(body) && isRecord(body.content) ? body.content['application/json'] : undefined;
  if (!isRecord(content)) return [];
  const schema = resolve(document, content.schema);
  const named = isRecord(content.examples)
    ? Object.values(content.examples)
        .map((each) => resolve(document, each))
        .filter(isRecord)
        .map(({ value }) => value)
    : [];
  const ofSchema = isRecord(schema)
    ? [schema.example, ...(Array.isArray(schema.examples) ? schema.examples : [])]
    : [];
  return [content.example, ...named, ...ofSchema].filter(isRecord);
}

export const documents: ApiCheck[] = [
  {
    name: 'health-says-ok',
    why: 'Whoever looks after servers asks this one question all day long.',
    hint: 'Answer GET /health with 200 and { "status": "ok" }.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const reply = await (await desk.open()).get('/health');
      expectStatus(reply, 200);
      expect(isRecord(reply.body) && reply.body.status === 'ok', '{ "status": "ok" }', reply);
    },
  },
  {
    name: 'openapi-names-every-route',
    why: 'The document is what others build their clients from, and what is not in it does not exist for them.',
    hint: 'Serve OpenAPI 3.1 at /openapi.json with all six routes of the contract, made from the schemas that the server checks by.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const { document, reply } = await readDocument(await desk.open());
      expect(/^3\.1\.\d+$/.test(String(document.openapi)), '"openapi": "3.1.0"', reply);
      const { info } = document;
      expect(isRecord(info) && info.title && info.version, 'info with title and version', reply);
      for (const [method, route] of ROUTES) {
        const operation = operationOf(document, method, route);
        const path = route.replace('{}', '{id}');
        expect(operation, `${method.toUpperCase()} ${path} among the paths`, reply);
        expect(isRecord(operation.responses), `responses of ${method.toUpperCase()} ${path}`, reply);
      }
      const dangling = danglingRefs(document, document);
      expect(dangling.length === 0, `each $ref leading somewhere, also ${dangling.join(', ')}`, reply);
    },
  },
  {
    name: 'openapi-tells-the-errors',
    why: 'A client that is built from the document knows only those errors of which it tells.',
    hint: 'Name 201 and 422 for POST, 404 for GET by id, 412 for PUT and DELETE (or give a default), as application/problem+json.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const { document, reply } = await readDocument(await desk.open());
      const wanted = [
        ['post', PATIENTS, ['201', '422']],
        ['get', `${PATIENTS}/{}`, ['200', '404']],
        ['put', `${PATIENTS}/{}`, ['200', '404', '412', '422']],
        ['delete', `${PATIENTS}/{}`, ['204', '404', '412']],
      ] as const;
      for (const [method, route, statuses] of wanted) {
        const responses = operationOf(document, method, route)?.responses;
        expect(
          isRecord(responses),
          `responses of ${method.toUpperCase()} ${route.replace('{}', '{id}')}`,
          reply,
        );
        for (const status of statuses) {
          const response = resolve(
            document,
            responses[status] ?? responses[`${status[0]}XX`] ?? responses.default,
          );
          const what = `${status} of ${method.toUpperCase()} ${route.replace('{}', '{id}')}`;
          expect(isRecord(response), `${what} in the document`, reply);
          const isProblem = isRecord(response.content) && 'application/problem+json' in response.content;
          expect(Number(status) < 400 || isProblem, `${what} as application/problem+json`, reply);
        }
      }
    },
  },
  {
    name: 'openapi-examples-are-true',
    why: 'Everybody begins by sending the example, and one that is refused teaches them not to read on.',
    hint: 'Show examples of bodies that your own server takes.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const { document } = await readDocument(api);
      for (const example of examplesOf(document, operationOf(document, 'post', PATIENTS) ?? {}))
        expectPatient(await api.post(PATIENTS, example), 201);
      for (const example of examplesOf(document, operationOf(document, 'put', `${PATIENTS}/{}`) ?? {})) {
        const { path } = await register(api);
        expectPatient(await api.put(path, example), 200);
      }
    },
  },
  {
    name: 'docs-is-a-page-for-people',
    why: 'People read pages, try a request by hand, and then write their program.',
    hint: 'Serve Swagger UI at /docs, with the files that its page loads.',
    lesson: lesson('try-it'),
    async run(desk) {
      const api = await desk.open();
      let reply = await api.get('/docs');
      let path = '/docs';
      for (let hops = 0; reply.status >= 300 && reply.status < 400 && hops < 3; hops++) {
        const next = new URL(reply.headers.location ?? '', api.url + path);
        path = next.pathname;
        reply = await api.get(path);
      }
      expectStatus(reply, 200);
      expect(/^text\/html/i.test(reply.headers['content-type'] ?? ''), 'a page: text/html', reply);
      expect(/swagger/i.test(reply.text), 'Swagger UI in it', reply);
      const scripts = [...reply.text.matchAll(/<script[^>]*\ssrc=["']([^"']+)["']/gi)].map(([, file]) =>
        String(file),
      );
      for (const file of scripts) {
        const target = new URL(file, api.url + path);
        // A page may take its scripts from elsewhere; nobody asks the whole world here.
        if (target.origin === new URL(api.url).origin) expectStatus(await api.get(target.href), 200);
      }
    },
  },
];
