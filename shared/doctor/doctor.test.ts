import assert from 'node:assert/strict';
import { cp, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram } from '../testing/index.ts';
import {
  type Check,
  checkContainers,
  checkDisk,
  checkGit,
  checkJava,
  checkMaven,
  checkMemory,
  checkNativeModules,
  checkNode,
  checkNpm,
  checkPackages,
  checkPorts,
  examine,
  type Probe,
  type ProgramEnd,
} from './checks.mjs';

const root = join('/', 'medcenter');
const gigabyte = 1024 ** 3;
const pinned = join(root, 'node_modules', 'node', 'bin', 'node');

interface Machine {
  files: Record<string, unknown>;
  /** By the command and its first argument. */
  programs: Record<string, Partial<ProgramEnd> | undefined>;
  missing: string[];
  busyPorts: number[];
  probe: Partial<Probe>;
}

/** A machine on which all is well, but for what a test says. Paths are from the root, with `/`. */
function createProbe(changes: Partial<Machine> = {}): Probe {
  const lock = {
    packages: {
      '': {},
      'stage-01-core': {},
      'node_modules/ajv': { version: '8.20.0' },
      'node_modules/a/node_modules/b': { version: '1.0.0' },
      'node_modules/only-on-mac': { version: '1.0.0', optional: true },
      'node_modules/@medcenter/stage-01-core': { link: true },
    },
  };
  const { 'node_modules/only-on-mac': _, ...installed } = lock.packages;
  const files: Record<string, unknown> = {
    'package.json': { devDependencies: { node: '24.21.0' } },
    'package-lock.json': lock,
    'node_modules/.package-lock.json': { packages: installed },
    'stage-01-core/package.json': { dependencies: { 'fs-native-extensions': '1.0.0' } },
    ...changes.files,
  };
  const programs: Machine['programs'] = {
    [`${pinned} --version`]: { stdout: 'v24.21.0\n' },
    [`${pinned} --input-type=commonjs`]: {},
    'git --version': { stdout: 'git version 2.39.5\n' },
    'java -version': { stderr: 'openjdk version "17.0.9" 2023-10-17\n' },
    'mvn --version': { stdout: 'Apache Maven 3.8.7\n' },
    'docker info': { stdout: '27.1.0\n' },
    ...changes.programs,
  };
  const missing = (changes.missing ?? []).map((path) => join(root, ...path.split('/')));
  return {
    root,
    platform: 'linux',
    nodeVersion: 'v24.21.0',
    nodePath: '/usr/bin/node',
    exists: (path) => !missing.includes(path),
    readJson: (path) => Object.entries(files).find(([name]) => join(root, ...name.split('/')) === path)?.[1],
    run: async (command, [first]) => {
      const end = programs[`${command} ${first}`];
      return end && { exitCode: 0, stdout: '', stderr: '', ...end };
    },
    npmVersion: async () => '11.19.1',
    isPortFree: async (port) => !(changes.busyPorts ?? []).includes(port),
    freeDisk: async () => 80 * gigabyte,
    memory: () => 8 * gigabyte,
    stageFolders: () => ['stage-01-core'],
    ...changes.probe,
  };
}

async function ask(check: Check, changes: Partial<Machine> = {}): Promise<string[]> {
  const findings = [await check(createProbe(changes))].flat();
  return findings.map(({ name, state, text }) => `${state}: ${name}: ${text}`);
}

test('a machine on which all is well', async () => {
  const findings = await examine(createProbe());
  assert.equal(findings.length, 11);
  assert.deepEqual(
    findings.filter(({ state }) => state !== 'ok'),
    [],
  );
});

suite('Node', () => {
  const old = { nodeVersion: 'v20.20.2' };

  test('the package in place, whatever started the doctor', async () => {
    assert.deepEqual(await ask(checkNode), ['ok: Node: v24.21.0, the package "node" of this repository']);
    assert.match(String(await ask(checkNode, { probe: old })), /^ok: .*you started this with v20\.20\.2/);
  });

  test('an install with --ignore-scripts is found, and the remedy said', async () => {
    const without = { missing: ['node_modules/node/bin/node'] };
    assert.deepEqual(await ask(checkNode, { ...without, probe: old }), [
      'to do: Node: node@24.21.0 is not in place, for npm ran with --ignore-scripts, and yours is v20.20.2.' +
        ' Run: npm ci --ignore-scripts=false',
    ]);
    // A Node of one's own that is new enough will do, but it is said whose it is.
    assert.deepEqual(await ask(checkNode, { ...without, probe: { nodeVersion: 'v26.0.0' } }), [
      'ok: Node: v26.0.0, your own; node@24.21.0 is not in place, for npm ran with --ignore-scripts',
    ]);
  });

  test('the package missing, another version, a binary that does not run', async () => {
    const missing = ['node_modules/node', 'node_modules/node/bin/node'];
    assert.match(
      String(await ask(checkNode, { missing, probe: old })),
      /^to do: .* is not installed, .*npm ci/,
    );
    const programs = { [`${pinned} --version`]: { stdout: 'v24.0.0\n' } };
    assert.match(
      String(await ask(checkNode, { programs, probe: old })),
      /^to do: .*is v24\.0\.0, not v24\.21\.0/,
    );
    const broken = { [`${pinned} --version`]: undefined };
    assert.match(String(await ask(checkNode, { programs: broken, probe: old })), /^to do: .*does not run/);
  });

  test('on Windows it is called node.exe', async () => {
    const exe = join(root, 'node_modules', 'node', 'bin', 'node.exe');
    const programs = { [`${exe} --version`]: { stdout: 'v24.21.0\r\n' } };
    assert.match(
      String(await ask(checkNode, { programs, probe: { platform: 'win32' } })),
      /^ok: Node: v24\.21\.0/,
    );
  });
});

test('npm: new enough, too old, none', async () => {
  const version = (text?: string) => ask(checkNpm, { probe: { npmVersion: async () => text } });
  assert.deepEqual(await version('9.2.0'), ['ok: npm: 9.2.0']);
  assert.match(
    String(await version('6.14.0')),
    /^to do: npm: 6\.14\.0 is too old.*Run: npm install --global npm@11$/,
  );
  assert.match(String(await version()), /^to do: npm: not found/);
});

suite('packages', () => {
  const remedy = /^to do: Packages: .*Run: npm ci$/;

  test('as the lock asks for, with other platforms aside', async () => {
    assert.deepEqual(await ask(checkPackages), ['ok: Packages: installed, as package-lock.json asks for']);
  });

  test('not installed at all', async () => {
    const files = { 'node_modules/.package-lock.json': undefined };
    assert.match(String(await ask(checkPackages, { files })), remedy);
  });

  test('one missing, one of another version, one deleted by hand', async () => {
    const packages = {
      'node_modules/ajv': { version: '8.0.0' },
      'node_modules/@medcenter/stage-01-core': { link: true },
    };
    const files = { 'node_modules/.package-lock.json': { packages } };
    const text = String(await ask(checkPackages, { files }));
    assert.match(text, remedy);
    assert.match(text, /2 missing.*: ajv, b\./);
    assert.match(
      String(await ask(checkPackages, { missing: ['node_modules/ajv'] })),
      /1 missing.*: ajv\. Run: npm ci$/,
    );
  });
});

suite('before the first "npm ci"', () => {
  const changes = {
    files: { 'node_modules/.package-lock.json': undefined },
    missing: ['node_modules', 'node_modules/node', 'node_modules/node/bin/node'],
    programs: { '/usr/bin/node --input-type=commonjs': { exitCode: 1 } },
  };

  test('one thing is to do, and Node comes with it', async () => {
    for (const nodeVersion of ['v20.20.2', 'v24.21.0']) {
      const findings = await examine(createProbe({ ...changes, probe: { nodeVersion } }));
      assert.deepEqual(
        findings.filter(({ state }) => state === 'to do'),
        [{ name: 'Packages', state: 'to do', text: 'not installed. Run: npm ci' }],
      );
      assert.ok(!findings.some(({ text }) => text.includes('--ignore-scripts')));
    }
    const node = (nodeVersion: string) => ask(checkNode, { ...changes, probe: { nodeVersion } });
    assert.deepEqual(await node('v20.20.2'), [
      'later: Node: Node 24 comes with the packages; yours is v20.20.2',
    ]);
    assert.deepEqual(await node('v26.0.0'), ['ok: Node: v26.0.0, your own; Node 24 comes with the packages']);
  });

  test('the doctor runs, and every other tool says the one thing', async (t) => {
    const root = await createFolder(t);
    await mkdir(join(root, 'stage-01-core'));
    const repository = fileURLToPath(new URL('../..', import.meta.url));
    for (const path of [
      'package.json',
      'package-lock.json',
      'shared/run.mjs',
      'shared/doctor',
      'shared/tools/doctor.mjs',
    ])
      await cp(join(repository, path), join(root, path), { recursive: true });
    const run = (...args: string[]) => runProgram(t, join(root, 'shared', 'run.mjs'), args, { cwd: root });
    assert.match((await run('doctor')).stdout, /^ {2}to do {2}Packages {2,}not installed\. Run: npm ci$/m);
    for (const tool of ['start', 'test', 'no-such-tool']) {
      assert.deepEqual(await run(tool), {
        stdout: '',
        stderr: 'Nothing is installed yet. Run "npm ci" first.\n',
        exitCode: 1,
      });
    }
  });
});

suite('native modules', () => {
  test('only those that a stage depends on are tried', async () => {
    assert.deepEqual(await ask(checkNativeModules), ['ok: fs-native-extensions: loads']);
    const files = {
      'stage-03-sql/package.json': { dependencies: { 'better-sqlite3': '13.2.0', pg: '8.23.0' } },
    };
    const probe = { stageFolders: () => ['stage-01-core', 'stage-03-sql'] };
    assert.deepEqual(await ask(checkNativeModules, { files, probe }), [
      'ok: fs-native-extensions: loads',
      'ok: better-sqlite3: loads',
    ]);
  });

  test('one that does not load is named with the reason', async () => {
    const failing = (end: Partial<ProgramEnd>) =>
      ask(checkNativeModules, { programs: { [`${pinned} --input-type=commonjs`]: end } });
    const stderr =
      "node:internal\n  throw err;\n\nError: Cannot find module 'fs-native-extensions'\n    at x\n";
    assert.deepEqual(await failing({ exitCode: 1, stderr }), [
      "to do: fs-native-extensions: does not load (Error: Cannot find module 'fs-native-extensions'). Run: npm ci",
    ]);
    assert.match(
      String(await failing({ exitCode: null })),
      /^to do: .*its process ended with null.*Run: npm ci$/,
    );
  });

  test('without the package the Node that runs the doctor tries them', async () => {
    const programs = { '/usr/bin/node --input-type=commonjs': {} };
    const missing = ['node_modules/node/bin/node'];
    assert.deepEqual(await ask(checkNativeModules, { programs, missing }), [
      'ok: fs-native-extensions: loads',
    ]);
  });
});

suite('ports', () => {
  const folders = (...names: string[]) => ({ stageFolders: () => names });

  test('a busy one is to do once a stage uses it', async () => {
    assert.deepEqual(await ask(checkPorts), ['ok: Port 3000: free']);
    assert.match(
      String(await ask(checkPorts, { busyPorts: [3000] })),
      /^later: Port 3000: in use: .*stage 2/,
    );
    const probe = folders('stage-01-core', 'stage-02-rest');
    assert.match(
      String(await ask(checkPorts, { busyPorts: [3000], probe })),
      /^to do: Port 3000: in use: .*PORT$/,
    );
  });

  test('more of them with the stages that use them', async () => {
    const names = async (...stages: string[]) =>
      (await ask(checkPorts, { probe: folders(...stages) })).map((line) => line.split(': ')[1]);
    assert.deepEqual(await names('stage-06-grpc'), ['Port 3000', 'Port 50051']);
    assert.deepEqual(await names('stage-08-microservices'), [
      'Port 3000',
      'Port 50051',
      'Port 3001',
      'Port 3002',
    ]);
  });
});

test('disk and memory', async () => {
  const disk = (bytes?: number) => ask(checkDisk, { probe: { freeDisk: async () => bytes } });
  assert.deepEqual(await disk(1.5 * gigabyte), ['ok: Disk: 1.5 GB free']);
  assert.match(String(await disk(gigabyte / 2)), /^to do: Disk: 0\.5 GB free/);
  assert.match(String(await disk()), /^ok: Disk: not measured/);
  const memory = (bytes: number) => ask(checkMemory, { probe: { memory: () => bytes } });
  assert.deepEqual(await memory(2 * gigabyte), ['ok: Memory: 2.0 GB']);
  assert.match(String(await memory(gigabyte)), /^later: Memory/);
});

suite('what only real servers want', () => {
  test('nothing of it makes the doctor fail', async () => {
    const none = { 'git --version': undefined, 'java -version': undefined, 'mvn --version': undefined };
    const programs = { ...none, 'docker info': undefined };
    const findings = await examine(createProbe({ programs }));
    assert.deepEqual(
      findings.filter(({ state }) => state === 'later').map(({ name }) => name),
      ['git', 'Java', 'Maven', 'Containers'],
    );
    assert.ok(!findings.some(({ state }) => state === 'to do'));
    for (const check of [checkJava, checkMaven, checkContainers]) {
      assert.match(String(await ask(check, { programs })), /wanted only from stage 3 on, for real servers$/);
    }
    assert.match(String(await ask(checkGit, { programs })), /^later: git: not found/);
  });

  test('Java that is too old, and one that counts from 1', async () => {
    const java = (text: string) => ask(checkJava, { programs: { 'java -version': { stderr: text } } });
    assert.match(String(await java('openjdk version "11.0.2"')), /^later: Java: 11 is older than 17/);
    assert.match(String(await java('java version "1.8.0_202"')), /^later: Java: 8 is older/);
    assert.deepEqual(await java('openjdk version "21" 2023-09-19'), ['ok: Java: 21']);
  });

  test('Docker whose engine does not run is no container runtime; Podman is', async () => {
    const programs = { 'docker info': { exitCode: 1 } };
    assert.match(String(await ask(checkContainers, { programs })), /^later: .*its engine does not run/);
    const podman = { ...programs, 'podman info': { stdout: '4.3.1\n' } };
    assert.deepEqual(await ask(checkContainers, { programs: podman }), ['ok: Containers: Podman 4.3.1']);
  });
});

suite('npm run doctor, on this machine', () => {
  const run = fileURLToPath(new URL('../run.mjs', import.meta.url));

  test('says what is here, and exit 0 means that nothing is to do', async (t) => {
    const { stdout, stderr, exitCode } = await runProgram(t, run, ['doctor'], { cwd: await createFolder(t) });
    assert.equal(stderr, '');
    assert.match(stdout, /^ {2}ok {5}Packages {2,}installed, as package-lock\.json asks for$/m);
    assert.match(stdout, /^ {2}ok {5}fs-native-extensions {2,}loads$/m);
    assert.equal(exitCode, /^ {2}to do/m.test(stdout) ? 1 : 0);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
  });

  test('finds a port that is in use', async (t) => {
    const { openProbe } = await import('./probe.mjs');
    const server = createServer().listen(0, '0.0.0.0');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const probe = openProbe(await createFolder(t));
    assert.equal(await probe.isPortFree(port), false);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await probe.isPortFree(port), true);
  });

  test('a program that is not there is no error', async (t) => {
    const { openProbe } = await import('./probe.mjs');
    const probe = openProbe(await createFolder(t));
    assert.equal(await probe.run('medcenter-no-such-program', ['--version']), undefined);
    const end = await probe.run(process.execPath, ['--version']);
    assert.equal(end?.stdout.trim(), process.version);
    assert.ok(Number(await probe.freeDisk()) > 0);
    assert.equal(probe.readJson(join(probe.root, 'none.json')), undefined);
    assert.deepEqual(probe.stageFolders(), []);
  });
});
