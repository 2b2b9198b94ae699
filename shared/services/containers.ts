import { type SpawnOptions, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stages.ts';
import { findFreePort } from './ports.ts';
import type { Found, Instance, InstanceOptions } from './service.ts';
import { ServiceError } from './service-error.ts';

interface End {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Why there is no container engine to be used; undefined when there is one. */
export async function findWhatContainersLack(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const info = await run(['info', '--format', '{{.ServerVersion}}'], { env }).catch(() => undefined);
  if (info === undefined) return 'there is no docker on the PATH';
  // Some versions answer 0 here without an engine, but then they know no version of it.
  if (info.exitCode !== 0 || info.stdout.trim() === '') return 'docker is here, but its engine does not run';
  const compose = await run(['compose', 'version'], { env });
  return compose.exitCode === 0 ? undefined : 'docker runs, but it lacks its plugin "compose"';
}

export interface ContainerOptions extends Omit<InstanceOptions, 'folder'> {
  readonly root: string;
  readonly name: string;
  /** All that compose.yaml has. */
  readonly services: readonly { readonly name: string }[];
  /** The port that it has, or had. */
  readonly port: number | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** A service of compose.yaml. Every clone has a project of its own, and so containers and volumes of its own. */
export function openContainer(options: ContainerOptions): Instance {
  const { name, root, signal, say } = options;
  const hash = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 8);
  const project = `medcenter-${hash}`;

  async function compose(words: string[], { port = options.port ?? 0, ...more }: ComposeOptions = {}) {
    // Compose wants the variables of all services, also where it is to do nothing with the others.
    const others = options.services.map((other) => variablesOf(other.name, 0, 'of another one'));
    const settings = Object.assign({}, ...others, variablesOf(name, port, options.password));
    const file = join(ROOT, 'compose.yaml');
    const args = ['compose', '--project-name', project, '--file', file, ...words];
    const end = await run(args, { env: { ...options.env, ...settings }, ...more });
    if (end.exitCode === 0) return end.stdout;
    throw new ServiceError(`docker ${args.join(' ')} ended with ${end.exitCode}.\n${end.stderr}`.trim());
  }

  async function look(): Promise<Found> {
    const answer = await compose(['ps', '--all', '--format', 'json', name]).catch(() => '');
    // One object a line; older versions answer one array.
    const state = /"State":\s*"(\w+)"/.exec(answer)?.[1];
    return { state: state === 'running' ? 'up' : state === 'paused' ? 'frozen' : 'down' };
  }

  const thaw = async () => void (await compose(['unpause', name]));

  async function stop(): Promise<void> {
    if ((await look()).state === 'frozen') await thaw();
    await compose(['rm', '--stop', '--force', name]);
  }

  async function start(ports: readonly number[]): Promise<number> {
    const port = await findFreePort(ports);
    say(`  starting a container on 127.0.0.1:${port}; the first time, its image is fetched …`);
    try {
      await compose(['up', '--detach', '--wait', name], {
        port,
        signal,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    } catch (error) {
      if (signal.aborted) await stop(); // Nothing is left half-started.
      throw error;
    }
    return port;
  }

  return {
    place: `volume ${project}_${name}`,
    look,
    start,
    stop,
    thaw,
    kill: async () => void (await compose(['kill', '--signal', 'SIGKILL', name])),
    freeze: async () => void (await compose(['pause', name])),
    log: (lines) => compose(['logs', '--no-color', '--no-log-prefix', '--tail', String(lines), name]),
  };
}

function variablesOf(name: string, port: number, password: string): Readonly<Record<string, string>> {
  const prefix = `MEDCENTER_${name.toUpperCase()}`;
  return { [`${prefix}_PORT`]: String(port), [`${prefix}_PASSWORD`]: password };
}

interface ComposeOptions extends SpawnOptions {
  port?: number;
}

function run(args: string[], options: SpawnOptions): Promise<End> {
  const child = spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, ...options });
  const end: End = { exitCode: null, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    end.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    end.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ ...end, exitCode }));
  });
}
