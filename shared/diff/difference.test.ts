import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTree, packageJson, type Tree } from '../architecture/testing.ts';
import { UsageError } from '../stages.ts';
import { type Difference, differenceOf } from './difference.ts';

const [one, two, three] = ['stage-01-one', 'stage-02-two', 'stage-03-three'] as const;

const first: Tree = {
  [`${one}/package.json`]: packageJson(one, {
    description: 'One file.',
    dependencies: { yargs: '18.0.0' },
  }),
  [`${one}/README.md`]: '# Not a file of the stage\n',
  [`${one}/src/app/index.ts`]: [
    "import { open } from '../repository/index.ts';",
    '',
    '/** Opens it all. */',
    'export async function start() {',
    '  const storage = await open();',
    '  return serve(storage);',
    '}',
    '',
  ].join('\n'),
  [`${one}/src/config/index.ts`]: [
    'export const variables = {',
    "  DATA_FILE: { wants: 'a path', fallback: 'patients.json' },",
    '};',
    '',
  ].join('\n'),
  [`${one}/src/domain/index.ts`]: "export * from './patient.ts';\n",
  [`${one}/src/domain/patient.ts`]:
    'export interface Patient { id: string }\nexport const createPatient = 1;\n',
  [`${one}/src/cli/index.ts`]: "export const cli = yargs().option('json', { describe: 'print JSON' });\n",
  [`${one}/test/domain.test.ts`]: '//\n//\n',
};

const second: Tree = {
  ...first,
  [`${two}/package.json`]: packageJson(two, {
    description: 'Over HTTP.',
    dependencies: { [`@medcenter/${one}`]: '0.1.0', yargs: '18.1.0', fastify: '5.0.0' },
    devDependencies: { '@types/yargs': '17.0.0' },
  }),
  [`${two}/src/app/index.ts`]: [
    `export * from '@medcenter/${one}/app';`,
    "import { open } from '../repository/index.ts';",
    "import { listen } from '../transport/http/index.ts';",
    '',
    '/** Opens it all. */',
    'export async function start() {',
    '  const storage = await open();',
    '  const http = await listen();',
    '  return http.serve(storage);',
    '}',
    '',
  ].join('\n'),
  [`${two}/src/config/index.ts`]: [
    `export * from '@medcenter/${one}/config';`,
    `import { variables as inherited } from '@medcenter/${one}/config';`,
    'const { DATA_FILE: _, ...kept } = inherited;',
    "export const variables = { ...kept, PORT: { wants: 'a port number', default: 3000 } };",
    '',
  ].join('\n'),
  [`${two}/src/domain/index.ts`]: `export * from '@medcenter/${one}/domain';\n`,
  [`${two}/src/cli/index.ts`]: `export * from '@medcenter/${one}/cli';\nexport * from './more.ts';\n`,
  [`${two}/src/cli/more.ts`]: [
    'export function addMore(cli: Cli) {',
    "  return cli.command('serve', 'starts the server').options({ port: { description: 'where' } });",
    '}',
    '',
  ].join('\n'),
  [`${two}/src/transport/http/index.ts`]: [
    'const prefix = "/api";',
    'export async function listen(app: App) {',
    "  app.get<{ Params: { id: string } }>('/patients/:id', () => headers.get('etag'));",
    '  app.post(`$' + '{prefix}/patients`, handler);',
    "  app.route({ schema: { method: 'no' }, method: ['PUT', 'DELETE'], url: '/patients/:id' });",
    '}',
    'export type Listening = { url: string };',
    '',
  ].join('\n'),
};

const third: Tree = {
  ...second,
  [`${three}/package.json`]: packageJson(three, { dependencies: { yargs: '18.1.0' } }),
  [`${three}/src/app/index.ts`]: `export * from '@medcenter/${two}/app';\n`,
  [`${three}/src/config/index.ts`]: `export * from '@medcenter/${two}/config';\n`,
  [`${three}/src/domain/index.ts`]: `export * from '@medcenter/${two}/domain';\n`,
  [`${three}/src/cli/index.ts`]: `export * from '@medcenter/${two}/cli';\n`,
  [`${three}/src/transport/http/index.ts`]: `export * from '@medcenter/${two}/transport/http';\n`,
  [`${three}/migrations/postgres/1_clinic.sql`]: [
    '-- create table not_this',
    'CREATE TABLE IF NOT EXISTS "patients" (id uuid);',
    'create table doctors (id uuid); alter table doctors add name text; alter table other add x text;',
  ].join('\n'),
  [`${three}/src/events/index.ts`]: [
    "export const topics = { created: 'appointments.created', cancelled: 'appointments.cancelled' };",
    "export const PATIENTS_TOPIC = 'patients';",
    "export const topicOf = (topic: string) => topic ?? 'none';",
    '',
  ].join('\n'),
  [`${three}/src/observability/index.ts`]: [
    "import { Counter, Gauge, Histogram } from 'prom-client';",
    "const seconds = new Histogram<Label | 'x'>({ help: 'How long.', name: 'http_seconds', buckets });",
    "const calls = counter('calls_total', 'Calls that ended.', CALL);",
    'const all = new Counter({ name, help, labelNames }), map = new Map<string, Gauge>();',
    "new Gauge({ name: 'pool_connections' });",
    '',
  ].join('\n'),
  [`${three}/proto/schedule.proto`]: [
    'service Schedule { // rpc Not (Asked) returns (Answered);',
    '  rpc BookSlot (BookSlotRequest) returns (Appointment) { option idempotency_level = IDEMPOTENT; }',
    '  rpc Watch(WatchRequest) returns ( stream  Appointment );',
    '}',
  ].join('\n'),
  [`${three}/src/transport/grpc/gen/schedule_pb.ts`]: 'export const x = 1;\n',
  [`${three}/src/transport/grpc/generated/google/more_pb.ts`]: 'export const y = 1;\n',
};

const marks = { added: '+', changed: '~', removed: '-', same: ' ' } as const;
function shown({ sections }: Difference, key: string): string[] {
  const section = sections.find((one) => one.key === key);
  return (section?.entries ?? []).map(({ mark, group, name, value, detail, before }) =>
    [marks[mark], group, name, value, detail, before === undefined ? undefined : `was ${before}`]
      .filter((word) => word !== undefined && word !== '')
      .join(' | '),
  );
}

suite('the first stage', () => {
  test('is shown whole', async (t) => {
    const difference = await differenceOf('1', createTree(t, first));
    assert.equal(difference.previous, null);
    assert.equal(difference.description, 'One file.');
    assert.deepEqual(
      difference.sections.map(({ key }) => key),
      ['files', 'names', 'root', 'packages', 'configuration', 'flags'],
    );
    assert.deepEqual(shown(difference, 'files'), [
      `+ | src/app | ${one}/src/app/index.ts | 7`,
      `+ | src/cli | ${one}/src/cli/index.ts | 1`,
      `+ | src/config | ${one}/src/config/index.ts | 3`,
      `+ | src/domain | ${one}/src/domain/index.ts | 1`,
      `+ | src/domain | ${one}/src/domain/patient.ts | 2`,
      `+ | ${one}/test/ | 2 in 1 file`,
    ]);
    assert.equal(shown(difference, 'root')[0], `+ | ${one}/src/app/index.ts | /** Opens it all. */`);
    assert.deepEqual(shown(difference, 'configuration'), ['+ | DATA_FILE | patients.json | a path']);
    assert.deepEqual(shown(difference, 'flags'), ['+ | --json | print JSON']);
    assert.deepEqual(difference.warnings, []);
  });
});

suite('the second stage', () => {
  const compared = async (t: Parameters<typeof createTree>[0]) => differenceOf('2', createTree(t, second));

  test('its files, with the doors that only pass on left out and counted', async (t) => {
    assert.deepEqual(shown(await compared(t), 'files'), [
      `+ | src/app | ${two}/src/app/index.ts | 10`,
      `+ | src/cli | ${two}/src/cli/index.ts | 2`,
      `+ | src/cli | ${two}/src/cli/more.ts | 3`,
      `+ | src/config | ${two}/src/config/index.ts | 4`,
      `+ | src/transport/http | ${two}/src/transport/http/index.ts | 7`,
      `+ | ${two}/src/ | 1 door that passes on what is inherited`,
    ]);
  });

  test('the names at its doors: new, replaced, and where the layer itself is new', async (t) => {
    const difference = await compared(t);
    assert.deepEqual(shown(difference, 'names'), [
      `~ | app | start | ${two}/src/app/index.ts#start | was ${one}/src/app/index.ts#start`,
      `+ | cli | addMore | ${two}/src/cli/more.ts#addMore`,
      `~ | config | variables | ${two}/src/config/index.ts#variables | was ${one}/src/config/index.ts#variables`,
      `+ | transport/http | listen | ${two}/src/transport/http/index.ts#listen`,
      `+ | transport/http | Listening | ${two}/src/transport/http/index.ts#Listening`,
    ]);
    assert.deepEqual(difference.sections.find(({ key }) => key === 'names')?.newGroups, ['transport/http']);
  });

  test('its composition root against the one before, without imports', async (t) => {
    const at = `${two}/src/app/index.ts`;
    assert.deepEqual(shown(await compared(t), 'root'), [
      `  | ${at} | /** Opens it all. */`,
      `  | ${at} | export async function start() {`,
      `  | ${at} |   const storage = await open();`,
      `- | ${one}/src/app/index.ts |   return serve(storage);`,
      `+ | ${at} |   const http = await listen();`,
      `+ | ${at} |   return http.serve(storage);`,
      `  | ${at} | }`,
    ]);
  });

  test('its packages, its configuration as it is at run time, its flags and routes', async (t) => {
    const difference = await compared(t);
    assert.deepEqual(shown(difference, 'packages'), [
      '~ | yargs | 18.1.0 | was 18.0.0',
      '+ | fastify | 5.0.0',
      '+ | @types/yargs | 17.0.0 | for tests and types',
    ]);
    assert.deepEqual(shown(difference, 'configuration'), [
      '+ | PORT | 3000 | a port number',
      '- | DATA_FILE | patients.json | a path',
    ]);
    assert.deepEqual(shown(difference, 'flags'), ['+ | serve | starts the server', '+ | --port | where']);
    assert.deepEqual(shown(difference, 'routes'), [
      '+ | GET    /patients/:id',
      '+ | POST   $' + '{prefix}/patients',
      '+ | PUT    /patients/:id',
      '+ | DELETE /patients/:id',
    ]);
  });
});

suite('a later stage', () => {
  test('tells of SQL, topics, metrics and remote procedures, and of nothing that it passes on', async (t) => {
    const difference = await differenceOf('3', createTree(t, third));
    assert.deepEqual(
      difference.sections.map(({ key }) => key),
      ['files', 'names', 'procedures', 'metrics', 'migrations', 'topics'],
    );
    assert.deepEqual(shown(difference, 'metrics'), [
      '+ | http_seconds | histogram | How long.',
      '+ | calls_total | counter | Calls that ended.',
      '+ | pool_connections | gauge',
    ]);
    assert.deepEqual(shown(difference, 'procedures'), [
      '+ | Schedule | BookSlot | BookSlotRequest → Appointment',
      '+ | Schedule | Watch | WatchRequest → stream Appointment',
    ]);
    assert.deepEqual(shown(difference, 'migrations'), [
      '+ | migrations/postgres/1_clinic.sql | creates patients, doctors; alters other',
    ]);
    assert.deepEqual(shown(difference, 'topics'), [
      '+ | appointments.created',
      '+ | appointments.cancelled',
      '+ | patients',
    ]);
    assert.deepEqual(shown(difference, 'files').slice(-3), [
      `+ | ${three}/src/transport/grpc/gen/ | 1 in 1 file`,
      `+ | ${three}/src/transport/grpc/generated/ | 1 in 1 file`,
      `+ | ${three}/src/ | 5 doors that pass on what is inherited`,
    ]);
  });

  test('with several composition roots shows each', async (t) => {
    const tree = {
      ...second,
      [`${two}/src/app/index.ts`]: `export * from '@medcenter/${one}/app';\nexport * from './patients.ts';\n`,
      [`${two}/src/app/patients.ts`]: 'export const startPatients = 1;\n',
    };
    const root = shown(await differenceOf('2', createTree(t, tree)), 'root');
    assert.ok(root.includes(`+ | ${two}/src/app/patients.ts | export const startPatients = 1;`));
    assert.ok(root.includes(`- | ${one}/src/app/index.ts | export async function start() {`));
  });
});

suite('what cannot be shown', () => {
  test('a configuration that does not load is said, and the rest is shown', async (t) => {
    const tree = { ...first, [`${one}/src/config/index.ts`]: "throw new Error('no such thing');\n" };
    const { warnings, sections } = await differenceOf('1', createTree(t, tree));
    assert.deepEqual(warnings, ['The configuration of stage-01-one cannot be loaded: no such thing']);
    assert.ok(sections.some(({ key }) => key === 'names'));
  });

  test('a stage that there is not', async (t) => {
    const root = createTree(t, first);
    await assert.rejects(differenceOf('7', root), UsageError);
    await assert.rejects(differenceOf(undefined, root), /Name a stage: 1 \(stage-01-one\)/);
  });
});
