// The real machine behind the checks. Plain JavaScript for Node 16 and later, as checks.mjs is.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { connect, createServer } from 'node:net';
import { totalmem } from 'node:os';
import { promisify } from 'node:util';

/** Long enough for a cold `mvn --version`, short enough for a person who waits. */
const patienceMs = 15_000;

export function openProbe(root) {
  return {
    root,
    platform: process.platform,
    nodeVersion: process.version,
    nodePath: process.execPath,
    exists: (path) => fs.existsSync(path),
    readJson,
    run,
    npmVersion,
    isPortFree: async (port) => !(await answers(port)) && (await canListen(port)),
    freeDisk: () => freeDisk(root),
    memory: totalmem,
    stageFolders: () => fs.readdirSync(root).filter((name) => /^stage-\d\d-/.test(name)),
  };
}

function readJson(path) {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function run(command, args, cwd) {
  return new Promise((resolve) => {
    // Windows has mvn and others as .cmd files, which only its shell runs; every argument here is our own.
    const shell = process.platform === 'win32' && !command.endsWith('.exe');
    const child = spawn(command, args, { cwd, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    // The option `timeout` would keep this process waiting where the program cannot even start.
    const impatience = setTimeout(() => child.kill(), patienceMs);
    let stdout = '';
    let stderr = '';
    const collect = (stream, add) => stream?.setEncoding('utf8').on('data', add);
    collect(child.stdout, (text) => {
      stdout += text;
    });
    collect(child.stderr, (text) => {
      stderr += text;
    });
    const end = (answer) => {
      clearTimeout(impatience);
      resolve(answer);
    };
    child.on('error', () => end(undefined));
    child.on('close', (exitCode) => end({ exitCode, stdout, stderr }));
  });
}

/** npm names itself to what it runs; outside of it, it is asked. */
async function npmVersion() {
  const named = /^npm\/(\S+)/.exec(process.env.npm_config_user_agent || '');
  if (named) return named[1];
  const end = await run('npm', ['--version']);
  return end && end.exitCode === 0 ? end.stdout.trim() : undefined;
}

/** Some systems let two programs listen, one on every address and one on this: so first knock, then try. */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function canListen(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function freeDisk(root) {
  // fs.statfs is of Node 18.15.
  if (typeof fs.statfs !== 'function') return undefined;
  const { bavail, bsize } = await promisify(fs.statfs)(root);
  return bavail * bsize;
}
