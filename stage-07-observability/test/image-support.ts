import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { dirname, isAbsolute, join, posix, relative, sep } from 'node:path';

export interface Image {
  /** The folder that would be its file system. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** What else is said of it, by the word: `USER`, `ENTRYPOINT`, … */
  readonly said: Readonly<Record<string, string>>;
}

export interface HandOptions {
  /** The folder of which a build is told. */
  readonly context: string;
  /** An empty folder, in which each build stage gets one of its own. */
  readonly under: string;
  readonly args: Readonly<Record<string, string>>;
  /** The last build stage to be made; the image itself when not said. */
  readonly target?: string;
}

export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

export function parseDockerfile(text: string): Instruction[] {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, '');
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      return { word, rest: rest.trim() };
    });
}

/** Does what the instructions of a Dockerfile say, by hand: one that it does not know, it refuses. */
export function buildByHand(file: string, { context, under, args, target }: HandOptions): Image {
  const stages = new Map<string, Image>();
  let image: Image | undefined;
  for (const { word, rest } of parseDockerfile(readFileSync(file, 'utf8'))) {
    if (word === 'FROM') {
      if (target !== undefined && stages.has(target)) break;
      const name = / AS (\w+)$/.exec(rest)?.[1] ?? 'image';
      image = { root: join(under, name), workdir: '/', env: {}, said: { FROM: rest } };
      mkdirSync(image.root);
    } else {
      image = follow(image ?? fail(`${word} stands before FROM`), { word, rest });
    }
    stages.set(/ AS (\w+)$/.exec(image.said.FROM ?? '')?.[1] ?? 'image', image);
  }
  return image ?? fail('no build stage');

  function follow(at: Image, { word, rest }: Instruction): Image {
    const filled = rest.replace(/\$\{?(\w+)\}?/g, (_, name: string) => at.env[name] ?? '');
    switch (word) {
      case 'ARG': {
        const [name = '', fallback = ''] = rest.split('=');
        return { ...at, env: { ...at.env, [name]: args[name] ?? fallback } };
      }
      case 'ENV': {
        const pairs = rest.split(/\s+/).map((pair) => pair.split('=') as [string, string]);
        return { ...at, env: { ...at.env, ...Object.fromEntries(pairs) } };
      }
      case 'WORKDIR': {
        const workdir = posix.resolve(at.workdir, filled);
        mkdirSync(join(at.root, workdir), { recursive: true });
        return { ...at, workdir };
      }
      case 'COPY':
        copy(at, filled);
        return at;
      case 'RUN':
        run(at, rest);
        return at;
      case 'USER':
      case 'VOLUME':
      case 'EXPOSE':
      case 'STOPSIGNAL':
      case 'HEALTHCHECK':
      case 'ENTRYPOINT':
        return { ...at, said: { ...at.said, [word]: rest } };
      default:
        return fail(`this hand does not know ${word}`);
    }
  }

  function copy({ root, workdir }: Image, rest: string): void {
    const words = rest.split(/\s+/);
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
    const [source = '', destination = '', ...more] = words.filter((word) => !word.startsWith('--'));
    const stage = from === undefined ? undefined : (stages.get(from) ?? fail(`there is no stage ${from}`));
    const found = join(stage?.root ?? context, source);
    if (more.length > 0 || !statSync(found).isDirectory()) fail(`this hand copies one folder: ${rest}`);
    const to = join(root, posix.resolve(workdir, destination));
    // Nothing is taken twice from a build stage, and moving is quicker.
    if (stage && !existsSync(to)) {
      mkdirSync(dirname(to), { recursive: true });
      renameSync(found, to);
    } else if (stage) cpSync(found, to, { recursive: true, verbatimSymlinks: true });
    else for (const path of contextFiles(context)) cpSync(join(found, path), join(to, path));
  }
}

/** What .dockerignore lets into the build. */
export function contextFiles(context: string): string[] {
  const lines = readFileSync(join(context, '.dockerignore'), 'utf8').split('\n');
  const [everything, ...exceptions] = lines.map((line) => line.trim()).filter((line) => !/^(#|$)/.test(line));
  if (everything !== '*' || !exceptions.every((line) => /^![\w.*/-]+$/.test(line) && !line.includes('**'))) {
    fail('this hand reads a .dockerignore that leaves out all but some paths');
  }
  return exceptions
    .flatMap((line) => globSync(line.slice(1), { cwd: context }))
    .flatMap((path) => filesIn(join(context, path)))
    .map((path) => relative(context, path));
}

/** The shell's command, in the folder that stands for the image: it may name no path outside of it. */
function run({ root, workdir, env }: Image, command: string): void {
  const cwd = join(root, workdir);
  if (/(^|[\s"'=])[/~]/.test(command))
    fail(`this hand runs no command with a path from the root: ${command}`);
  const reached = [...command.matchAll(/(?:\.\.\/)+/g)].map(([up]) => relative(root, join(cwd, up)));
  if (reached.some((path) => path.startsWith('..') || isAbsolute(path))) fail(`too far up: ${command}`);
  const { status, stderr } = spawnSync('sh', ['-c', command], {
    cwd,
    env: { ...hostEnvironment(), ...env },
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (status !== 0) fail(`${command} ended with ${status}.\n${stderr}`);
}

/** Where npm finds its registry and what it has fetched before; and nothing that the npm told us which runs this test. */
function hostEnvironment(): NodeJS.ProcessEnv {
  const wanted =
    /^(PATH|HOME|TMPDIR|LANG|.*_PROXY|NODE_EXTRA_CA_CERTS|npm_config_(registry|cache|userconfig|globalconfig|cafile|.*proxy))$/i;
  const kept = Object.entries(process.env).filter(([name]) => wanted.test(name));
  return {
    ...Object.fromEntries(kept),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  };
}

/** Every file under the folder but those in `but`, with what changes when it is written. */
export function listFiles(folder: string, but: string): Map<string, string> {
  const paths = filesIn(folder).filter((path) => !path.startsWith(join(but, sep)));
  return new Map(
    paths.map((path) => {
      const { size, mtimeMs } = lstatSync(path);
      return [path, `${size} ${mtimeMs}`];
    }),
  );
}

/** Links are files here, and are not followed. */
function filesIn(path: string): string[] {
  if (!lstatSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}

function fail(why: string): never {
  throw new Error(why);
}
