// Plain JavaScript for Node 16 and later: the doctor must be able to speak where the right Node is missing.
// Each check asks the machine through a probe and answers with a finding; their types are in checks.d.mts.
import { join } from 'node:path';

/** The Node that the tools and the stages are written for. */
const oldestNode = 24;
const oldestNpm = 9;
const oldestJava = 17;
const gigabyte = 1024 ** 3;

const ok = (name, text) => ({ name, state: 'ok', text });
const toDo = (name, text) => ({ name, state: 'to do', text });
const later = (name, text) => ({ name, state: 'later', text });

const majorOf = (version) => Number.parseInt(version.replace(/^v/, ''), 10);

/** Before the first "npm ci". That is one thing to do, which the packages' check says. */
function nothingInstalled({ root, exists }) {
  return !exists(join(root, 'node_modules'));
}

/** Node 24 as the package `node`, which an install script puts in place; or the machine's own, if it is new enough. */
export async function checkNode(probe) {
  const wanted =
    probe.readJson(join(probe.root, 'package.json'))?.devDependencies?.node ?? String(oldestNode);
  if (nothingInstalled(probe)) {
    const comes = `Node ${majorOf(wanted)} comes with the packages`;
    return majorOf(probe.nodeVersion) >= oldestNode
      ? ok('Node', `${probe.nodeVersion}, your own; ${comes}`)
      : later('Node', `${comes}; yours is ${probe.nodeVersion}`);
  }
  const pinned = pinnedNode(probe);
  const answer = probe.exists(pinned) ? await probe.run(pinned, ['--version']) : undefined;
  const found = answer?.stdout.trim();
  if (found === `v${wanted}`) {
    const own = probe.nodeVersion === found ? '' : ` (you started this with ${probe.nodeVersion})`;
    return ok('Node', `${found}, the package "node" of this repository${own}`);
  }
  const problem = problemOfPinned(probe, wanted, pinned, found);
  if (majorOf(probe.nodeVersion) >= oldestNode)
    return ok('Node', `${probe.nodeVersion}, your own; ${problem}`);
  // The flag wins over a setting in someone's .npmrc, which a bare "npm ci" would obey again.
  return toDo('Node', `${problem}, and yours is ${probe.nodeVersion}. Run: npm ci --ignore-scripts=false`);
}

function problemOfPinned(probe, wanted, pinned, found) {
  if (!probe.exists(join(probe.root, 'node_modules', 'node'))) return `node@${wanted} is not installed`;
  if (!probe.exists(pinned)) {
    return `node@${wanted} is not in place, for npm ran with --ignore-scripts`;
  }
  return found
    ? `the package "node" is ${found}, not v${wanted}`
    : `the package node@${wanted} does not run on this machine`;
}

function pinnedNode({ root, platform }) {
  return join(root, 'node_modules', 'node', 'bin', platform === 'win32' ? 'node.exe' : 'node');
}

/** The Node that runs the stages here: the package, or else the one that runs this. */
function nodeForStages(probe) {
  const pinned = pinnedNode(probe);
  return probe.exists(pinned) ? pinned : probe.nodePath;
}

export async function checkNpm(probe) {
  const version = await probe.npmVersion();
  if (version === undefined) return toDo('npm', 'not found. It comes with Node: https://nodejs.org');
  if (majorOf(version) >= oldestNpm) return ok('npm', version);
  return toDo('npm', `${version} is too old, ${oldestNpm} is wanted. Run: npm install --global npm@11`);
}

/** What npm says that it installed, against what package-lock.json asks for. */
export async function checkPackages(probe) {
  const wanted = probe.readJson(join(probe.root, 'package-lock.json'))?.packages;
  const installed = probe.readJson(join(probe.root, 'node_modules', '.package-lock.json'))?.packages;
  if (wanted === undefined)
    return toDo('Packages', 'package-lock.json is missing: take it from the repository again');
  if (installed === undefined) return toDo('Packages', 'not installed. Run: npm ci');
  const paths = Object.keys(wanted).filter(
    (path) => path.startsWith('node_modules/') || path.includes('/node_modules/'),
  );
  const wrong = paths.filter((path) => {
    const found = installed[path];
    // A package for another platform is optional and rightly absent.
    if (found === undefined) return wanted[path].optional !== true;
    return found.version !== wanted[path].version || !probe.exists(join(probe.root, path));
  });
  if (wrong.length === 0) return ok('Packages', 'installed, as package-lock.json asks for');
  const names = wrong.map((path) => path.split('node_modules/').pop());
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ' and others' : '');
  return toDo(
    'Packages',
    `${wrong.length} missing, or not as package-lock.json asks for: ${shown}. Run: npm ci`,
  );
}

/** Each native module, and a line that makes it load its binary. */
const nativeModules = {
  'fs-native-extensions': "require('fs-native-extensions')",
  'better-sqlite3': "new (require('better-sqlite3'))(':memory:').close()",
};

/** Loads each native module that a stage depends on, in a process of its own: a wrong binary may crash it. */
export async function checkNativeModules(probe) {
  if (nothingInstalled(probe)) return [];
  const stages = probe.stageFolders().map((folder) => join(probe.root, folder));
  const users = Object.keys(nativeModules).flatMap((name) => {
    const stage = stages.find(
      (path) => probe.readJson(join(path, 'package.json'))?.dependencies?.[name] !== undefined,
    );
    return stage === undefined ? [] : [{ name, stage }];
  });
  const node = nodeForStages(probe);
  return Promise.all(
    users.map(async ({ name, stage }) => {
      const end = await probe.run(node, ['--input-type=commonjs', '-e', nativeModules[name]], stage);
      if (end?.exitCode === 0) return ok(name, 'loads');
      const reason =
        /^\w*Error.*$/m.exec(end?.stderr ?? '')?.[0] ?? `its process ended with ${end?.exitCode}`;
      return toDo(name, `does not load (${reason.slice(0, 80)}). Run: npm ci`);
    }),
  );
}

/** Ports that the stages use unless told otherwise. */
const ports = [
  { port: 3000, stage: 2, variable: 'PORT' },
  { port: 50051, stage: 6, variable: 'GRPC_PORT' },
  { port: 3001, stage: 8 },
  { port: 3002, stage: 8 },
];

export async function checkPorts(probe) {
  const newest = Math.max(0, ...probe.stageFolders().map((folder) => Number(folder.slice(6, 8))));
  // The first port is looked at before a stage uses it: what holds it now will be in the way soon.
  const used = ports.filter(({ port, stage }) => port === 3000 || stage <= newest);
  return Promise.all(
    used.map(async ({ port, stage, variable }) => {
      const name = `Port ${port}`;
      if (await probe.isPortFree(port)) return ok(name, 'free');
      const other = variable ? `, or start with another ${variable}` : '';
      const remedy = `in use: end the program that holds it (an earlier start?)${other}`;
      return stage <= newest
        ? toDo(name, remedy)
        : later(name, `${remedy}; stage ${stage} is the first to use it`);
    }),
  );
}

export async function checkDisk(probe) {
  const free = await probe.freeDisk();
  if (free === undefined) return ok('Disk', 'not measured: this Node cannot tell');
  const text = `${(free / gigabyte).toFixed(1)} GB free`;
  return free >= gigabyte ? ok('Disk', text) : toDo('Disk', `${text}, 1 GB is wanted: make room`);
}

export async function checkMemory(probe) {
  const memory = probe.memory();
  const text = `${(memory / gigabyte).toFixed(1)} GB`;
  return memory >= 2 * gigabyte
    ? ok('Memory', text)
    : later('Memory', `${text}; 2 GB is wanted for real servers`);
}

export async function checkGit(probe) {
  const end = await probe.run('git', ['--version']);
  if (end?.exitCode === 0) return ok('git', end.stdout.trim().replace(/^git version /, ''));
  return later('git', 'not found; wanted only to keep your own work: https://git-scm.com');
}

const forServers = 'wanted only from stage 3 on, for real servers';

export async function checkJava(probe) {
  const end = await probe.run('java', ['-version']);
  const version = /version "(?:1\.)?(\d+)[^"]*"/.exec(end?.stderr ?? '');
  if (end?.exitCode !== 0 || version === null) return later('Java', `not found; ${forServers}`);
  if (Number(version[1]) >= oldestJava) return ok('Java', version[1]);
  return later('Java', `${version[1]} is older than ${oldestJava}; ${forServers}`);
}

export async function checkMaven(probe) {
  const end = await probe.run('mvn', ['--version']);
  const version = /Apache Maven ([\d.]+)/.exec(end?.stdout ?? '');
  return version ? ok('Maven', version[1]) : later('Maven', `not found; ${forServers}`);
}

/** A command on the PATH is no engine that runs: the engine itself is asked. */
export async function checkContainers(probe) {
  const name = 'Containers';
  const docker = await probe.run('docker', ['info', '--format', '{{.ServerVersion}}']);
  if (docker?.exitCode === 0 && docker.stdout.trim() !== '')
    return ok(name, `Docker ${docker.stdout.trim()}`);
  const podman = await probe.run('podman', ['info', '--format', '{{.Version.Version}}']);
  if (podman?.exitCode === 0) return ok(name, `Podman ${podman.stdout.trim()}`);
  if (docker) return later(name, `Docker is here, its engine does not run; ${forServers}`);
  return later(name, `no Docker or Podman; ${forServers}`);
}

const checks = [
  checkNode,
  checkNpm,
  checkPackages,
  checkNativeModules,
  checkPorts,
  checkDisk,
  checkMemory,
  checkGit,
  checkJava,
  checkMaven,
  checkContainers,
];

export async function examine(probe) {
  const findings = await Promise.all(checks.map((check) => check(probe)));
  return findings.flat();
}
