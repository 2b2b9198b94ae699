import { expect } from '../harness.ts';
import { askRedis } from '../../services/redis-url.ts';
import type { Reply as RedisReply } from '../../services/resp.ts';
import { bytesOf, readFiles } from '../files.ts';
import { operationOf, readDocument } from '../stage-02/documents.ts';
import { expectLine, seen, sendWithId } from '../stage-02/log.ts';
import { addAccount, inFile, newName, newPassword, openPlace, openSession, user } from './accounts.ts';
import { type ApiCheck, APPOINTMENTS, AUDIT, DOCTORS, LOGIN, LOGOUT, lesson, PATIENTS } from './check.ts';
import { expectGood, expectStatus, findSecret, isRecord, register } from './expectations.ts';

/** What each route needs, besides a session. */
const FOR = [
  ['get', PATIENTS, /admin.*receptionist.*doctor/s],
  ['put', `${PATIENTS}/{}`, /admin.*receptionist|receptionist.*admin/s],
  ['get', `${DOCTORS}/{}`, /doctor/],
  ['post', DOCTORS, /admin/],
  ['patch', `${APPOINTMENTS}/{}`, /doctor/],
  ['get', AUDIT, /admin/],
] as const;

export const secrets: ApiCheck[] = [
  {
    name: 'log-tells-no-token-and-no-password',
    why: 'Logs are read by many and kept for years, and a token in them is a key for whoever reads them today.',
    hint: 'Log no header and no body; also not the name that was typed, for people type their password there.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { api } = place;
      const server = await desk.behind();
      const account = await addAccount(place, 'receptionist');
      const token = await openSession(api, account);
      const kept = {
        token,
        password: account.password,
        wrongPassword: newPassword(),
        typedAsName: newPassword(),
        wrongToken: newName(),
        admin: desk.admin.password,
      };
      const login = (username: string, password: string) => ({
        ...{ method: 'POST', path: LOGIN },
        body: { username, password },
      });
      const calls = [
        login(account.username, account.password),
        login(account.username, kept.wrongPassword),
        login(kept.typedAsName, kept.wrongPassword),
        { method: 'POST', path: LOGIN, body: `{"username":"x","password":"${kept.wrongPassword}"` },
        { method: 'POST', path: LOGIN, body: { username: 'x', pass: kept.wrongPassword } },
        { method: 'GET', path: `${PATIENTS}?limit=1&access_token=${kept.wrongToken}` },
        { method: 'GET', path: PATIENTS, headers: { Authorization: `Bearer ${kept.wrongToken}` } },
        { method: 'GET', path: PATIENTS, headers: { Cookie: `session=${token}` } },
        { method: 'POST', path: LOGOUT },
      ];
      for (const call of calls) {
        const { reply, requestId } = await sendWithId(api.as(token), call);
        await expectLine(api, server, reply, requestId);
        const told = findSecret(server.said(), kept);
        expect(!told, `no ${told} in the log`, seen(api, server, reply));
      }
    },
  },
  {
    name: 'database-holds-no-token-and-no-password',
    why: 'Backups of the database lie in many places, and whoever finds one must be able to sign in as nobody.',
    hint: 'Keep a slow, salted hash of each password and a hash of each token, and never themselves.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = { ...inFile(desk), ...(desk.storage.REDIS_URL !== undefined && { REDIS_URL: '' }) };
      const server = await desk.start(program, settings);
      const place = { desk, program, settings, api: desk.clientOf(server) };
      const account = await addAccount(place, 'receptionist');
      const token = await openSession(place.api, account);
      await expectGood(place.api, token);
      await register(place.api.as(token));
      const next = newPassword();
      await user(place, ['password', '--username', account.username], `${next}\n`);
      const later = await openSession(place.api, { ...account, password: next });
      const kept = { token, later, password: account.password, next, admin: desk.admin.password };
      // Each file as it is while the server runs, and once more when it has ended.
      const running = await readFiles(program.folder);
      await server.stop('SIGTERM');
      for (const files of [running, await readFiles(program.folder)]) {
        const names = [...files.keys()];
        const shown = place.api.exchange('the bytes of all files', names.join('\n'));
        expect(
          names.some((name) => name.includes('own.db')),
          'the database in the folder',
          shown,
        );
        for (const name of names) {
          const told = findSecret(bytesOf(files, name) ?? '', kept);
          expect(!told, `no ${told} in ${name}`, shown);
        }
      }
    },
  },
  {
    name: 'redis-holds-no-token-and-no-password',
    why: 'Redis is asked by other programs too, and whoever lists its keys must not find any that open a door.',
    hint: 'Keep sessions under the hash of their token, and count failed logins under a hash of the name.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    wantsRedis: true,
    async run(desk) {
      const place = await openPlace(desk);
      const account = await addAccount(place, 'receptionist');
      const [token, other] = [
        await openSession(place.api, account),
        await openSession(place.api, desk.admin),
      ];
      const typed = newPassword();
      await place.api.as(undefined).post(LOGIN, { username: typed, password: newPassword() });
      const { path } = await register(place.api);
      for (const each of [token, other]) expectStatus(await place.api.as(each).get(path), 200);
      const held = await readRedis(desk.redisUrl ?? '');
      const shown = place.api.exchange('all keys of Redis and what they hold', `${held.length} keys`);
      expect(held.length > 0, 'some keys in it', shown);
      const kept = { token, other, typed, password: account.password, admin: desk.admin.password };
      for (const text of held) {
        const told = findSecret(text, kept);
        expect(!told, `no ${told} in Redis`, shown);
      }
    },
  },
  {
    name: 'openapi-tells-of-the-login-and-the-roles',
    why: 'Who writes a client from the document must learn there how to sign in, and what they will be refused.',
    hint: 'Name a security scheme (http, bearer), require it for each route of /api/v1 with its 401 and 403, and say which roles may.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const { document, reply } = await readDocument(await desk.open());
      const components = isRecord(document.components) ? document.components : {};
      const schemes = isRecord(components.securitySchemes) ? Object.entries(components.securitySchemes) : [];
      const bearers = schemes.filter(
        ([, scheme]) => isRecord(scheme) && scheme.type === 'http' && /^bearer$/i.test(String(scheme.scheme)),
      );
      expect(bearers.length > 0, 'a security scheme of type http, with the scheme bearer', reply);
      for (const [method, route, who] of FOR) {
        const shown = `${method.toUpperCase()} ${route.replace('{}', '{id}')}`;
        const operation = operationOf(document, method, route);
        expect(operation, `${shown} among the paths`, reply);
        const security = Array.isArray(operation.security) ? operation.security : document.security;
        const isGuarded =
          Array.isArray(security) &&
          security.length > 0 &&
          security.every((one) => isRecord(one) && bearers.some(([name]) => name in one));
        expect(isGuarded, `the scheme required by ${shown}`, reply);
        const { responses } = operation;
        const told = isRecord(responses)
          ? ['401', '403'].every((status) => responses[status] ?? responses['4XX'] ?? responses.default)
          : false;
        expect(told, `401 and 403 of ${shown}`, reply);
        expect(who.test(JSON.stringify(operation)), `the roles that may ${shown}`, reply);
      }
      const login = operationOf(document, 'post', LOGIN);
      expect(login, `POST ${LOGIN} among the paths`, reply);
      const statuses = isRecord(login.responses) ? Object.keys(login.responses) : [];
      for (const status of ['200', '401', '429'])
        expect(statuses.includes(status), `${status} of POST ${LOGIN}`, reply);
      const open = login.security ?? document.security ?? [];
      const isOpen = Array.isArray(open) && (open.length === 0 || open.some((one) => sameAsNothing(one)));
      expect(isOpen, `no session required by POST ${LOGIN}`, reply);
      expect(operationOf(document, 'post', LOGOUT), `POST ${LOGOUT} among the paths`, reply);
    },
  },
];

const sameAsNothing = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0;

/** Commands that read what a key of each type holds. */
const READ_BY = {
  string: (key: string) => ['GET', key],
  hash: (key: string) => ['HGETALL', key],
  list: (key: string) => ['LRANGE', key, '0', '-1'],
  set: (key: string) => ['SMEMBERS', key],
  zset: (key: string) => ['ZRANGE', key, '0', '-1'],
} as const;

const MOST_KEYS = 20_000;

/** Each key with all that it holds, as text. Others may be using the server: what goes meanwhile is left out. */
async function readRedis(url: string): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [page] = await askRedis(url, [['SCAN', cursor, 'COUNT', '1000']]);
    const [next, found] = Array.isArray(page) ? page : [];
    cursor = String(next ?? '0');
    for (const key of Array.isArray(found) ? found : []) keys.add(String(key));
  } while (cursor !== '0' && keys.size < MOST_KEYS);
  const texts: string[] = [];
  for (const key of keys) {
    const [type] = await askRedis(url, [['TYPE', key]]);
    const read = Object.entries(READ_BY).find(([name]) => name === type)?.[1];
    const [value]: (RedisReply | undefined)[] = read ? await askRedis(url, [read(key)]).catch(() => []) : [];
    texts.push(`${key}\n${JSON.stringify(value)}`);
  }
  return texts;
}
