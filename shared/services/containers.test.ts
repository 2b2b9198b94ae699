import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { parseEnv } from 'node:util';
import { createFolder } from '../testing/index.ts';
import { postgres } from './postgres.ts';
import { readRecord } from './record.ts';
import { ServiceError } from './service-error.ts';
import { services } from './table.ts';
import { createLauncher, environmentFile } from './testing.ts';

/** Its answers to what tells an engine from a mere command; any other call is written down and succeeds. */
const engine = `
case "$*" in
  info*) echo 28.2.2 ;;
  "compose version") echo v2 ;;
  *" ps "*) cat "$0.state" 2>/dev/null ;;
  *) echo "$MEDCENTER_POSTGRES_PORT $MEDCENTER_POSTGRES_PASSWORD $*" >> "$0.log"
    env | grep ^MEDCENTER_ | sort > "$0.settings" ;;
esac`;

async function createDocker(t: TestContext, script: string) {
  const folder = await createFolder(t);
  const file = join(folder, 'docker');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return {
    env: { PATH: `${folder}${delimiter}${process.env.PATH}` },
    readSettings: () => parseEnv(readFileSync(`${file}.settings`, 'utf8')),
    setState: (state: string) => writeFileSync(`${file}.state`, JSON.stringify({ State: state })),
    takeCalls() {
      const calls = existsSync(`${file}.log`) ? readFileSync(`${file}.log`, 'utf8').trim().split('\n') : [];
      writeFileSync(`${file}.log`, '');
      return calls.filter((call) => call !== '');
    },
  };
}

/** Takes every container's word for it. */
const trusting = { ...postgres, ask: async () => {}, provide: async () => {} };
const onPosix = { skip: process.platform === 'win32' && 'the false docker is a script for sh' };

suite('the services of a clone, in containers', onPosix, () => {
  test('are what docker compose is asked for', async (t) => {
    const docker = await createDocker(t, engine);
    const { root, lines, run } = createLauncher(t, { env: docker.env, services: [trusting] });
    assert.equal(await run('up'), 0);
    assert.match(lines[0] ?? '', /^PostgreSQL, in a container: a container engine runs/);
    const { way, port, password } = readRecord(root, 'postgres') ?? assert.fail();
    assert.equal(way, 'container');
    const [call = '', ...others] = docker.takeCalls();
    assert.deepEqual(others, []);
    assert.match(
      call,
      /--project-name medcenter-[0-9a-f]{8} --file .*compose\.yaml up --detach --wait postgres$/,
    );
    assert.ok(call.startsWith(`${port} ${password} compose`), call);
    const line = `DATABASE_URL=postgresql://postgres:${password}@127.0.0.1:${port}/medcenter_stage_03\n`;
    assert.ok(readFileSync(environmentFile(root), 'utf8').includes(line));

    docker.setState('running');
    assert.equal(await run('up'), 0);
    assert.deepEqual(docker.takeCalls(), []);
    const words = async (...args: string[]) => {
      assert.equal(await run(...args), 0);
      return docker.takeCalls().map((made) => made.replace(/^.*compose\.yaml /, ''));
    };
    assert.deepEqual(await words('freeze'), ['pause postgres']);
    assert.deepEqual(await words('kill'), ['kill --signal SIGKILL postgres']);
    assert.deepEqual(await words('logs', '--lines', '7'), [
      'logs --no-color --no-log-prefix --tail 7 postgres',
    ]);
    docker.setState('paused');
    assert.deepEqual(await words('down'), ['unpause postgres', 'rm --stop --force postgres']);
    assert.equal(readFileSync(environmentFile(root), 'utf8'), 'PORT=3003\n');
  });

  test('get a port and a password each, and compose gets a value for every variable of its file', async (t) => {
    const docker = await createDocker(t, engine);
    const { root, run } = createLauncher(t, {
      env: docker.env,
      services: services.map((service) => ({ ...service, ask: async () => {}, provide: async () => {} })),
    });
    const file = readFileSync(join(import.meta.dirname, '..', '..', 'compose.yaml'), 'utf8');
    const wanted = [...new Set(file.match(/MEDCENTER_\w+/g))];
    for (const { name } of services) {
      assert.match(file, new RegExp(`^ {2}${name}:\\n {4}image: `, 'm'));
      assert.equal(await run('up', name), 0);
      const settings = docker.readSettings();
      assert.deepEqual(
        wanted.filter((variable) => !settings[variable]),
        [],
      );
      const { port, password } = readRecord(root, name) ?? assert.fail();
      const prefix = `MEDCENTER_${name.toUpperCase()}`;
      assert.deepEqual(
        [settings[`${prefix}_PORT`], settings[`${prefix}_PASSWORD`]],
        [String(port), password],
      );
    }
  });

  test('are not taken where docker has no engine, or fails', async (t) => {
    const silent = await createDocker(t, 'echo "Cannot connect" >&2; exit 1');
    const stopped = createLauncher(t, { env: silent.env, services: [{ ...trusting, openLocal: refuse }] });
    assert.equal(await stopped.run('up'), 1);
    assert.match(
      stopped.lines[0] ?? '',
      /as a process of this machine: docker is here, but its engine does not run/,
    );

    const broken = await createDocker(t, `${engine}\ncase "$*" in *" up "*) exit 7 ;; esac`);
    const failing = createLauncher(t, { env: broken.env, services: [trusting] });
    assert.equal(await failing.run('up'), 1);
    assert.match(failing.lines.at(-1) ?? '', /^docker compose .* up .* ended with 7/);
    assert.equal(readRecord(failing.root, 'postgres')?.wanted, false);
  });
});

function refuse(): never {
  throw new ServiceError('the local way was taken');
}
