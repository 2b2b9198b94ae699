import { join } from 'node:path';
import { listStages, type Stage } from '../stages.ts';
import { findWhatContainersLack, openContainer } from './containers.ts';
import { writeEnvironment } from './env-file.ts';
import { servicesOf } from './needs.ts';
import {
  provideRecord,
  provideServicesFolder,
  readRecord,
  type ServiceRecord,
  servicesFolder,
  type Way,
  writeRecord,
} from './record.ts';
import type { Instance, Service } from './service.ts';
import { ServiceError } from './service-error.ts';
import { waitUntil } from './wait.ts';

export interface LauncherOptions {
  /** The repository's root: its `.services` holds what the launcher keeps, and its stages get their `.env`. */
  readonly root: string;
  readonly services: readonly Service[];
  readonly say: (line: string) => void;
  /** Where `docker` is looked for. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Brings up a service, by the way that this machine offers; one that is there already is left as it is. */
export async function bringUp(service: Service, options: LauncherOptions, local = false): Promise<void> {
  const { root, say } = options;
  const record = await choose(service, options, local);
  writeRecord(root, service.name, record);
  const instance = openInstance(service, record, options);
  const found = await instance.look();
  if (found.state === 'frozen') {
    throw new ServiceError(`${service.title} is frozen. Thaw it: npm run services -- thaw ${service.name}`);
  }
  const port =
    (found.state === 'up' ? (found.port ?? record.port) : undefined) ??
    (await start(service, instance, record, options));
  writeRecord(root, service.name, { ...record, port });

  const address = { port, password: record.password };
  await waitForAnswer(service, address, options);
  for (const stage of listStages(root)) {
    if (servicesOf(stage.path).includes(service.name)) await service.provide(address, stage);
  }
  say(`${service.title} is ${found.state === 'up' ? 'there already' : 'up'}: 127.0.0.1:${port}`);
  writeEnvironments(service, options);
}

/** On the port that it had before, if that is free: the addresses that people have noted stay right. */
async function start(
  { name, ports }: Service,
  instance: Instance,
  record: ServiceRecord,
  { root }: LauncherOptions,
): Promise<number> {
  try {
    return await instance.start(record.port === undefined ? ports : [record.port, ...ports]);
  } catch (error) {
    writeRecord(root, name, { ...record, wanted: false });
    throw error;
  }
}

async function choose(service: Service, options: LauncherOptions, local: boolean): Promise<ServiceRecord> {
  const { root, say } = options;
  provideServicesFolder(root);
  const before = readRecord(root, service.name);
  const [way, why] = await chooseWay(before?.way, options, local);
  if (before?.wanted !== true || before.way !== way) say(`${service.title}, ${shownWay[way]}: ${why}.`);
  const record = provideRecord(root, service.name, way);
  if (
    way === 'local' &&
    record.folder !== before?.folder &&
    !record.folder.startsWith(servicesFolder(root))
  ) {
    say(
      `  The user that ${service.title} runs as, in place of root, cannot come into ${root}: its data lie in`,
    );
    say(`  ${record.folder}, which the system may empty when it starts.`);
  }
  return record;
}

const shownWay = { container: 'in a container', local: 'as a process of this machine' };

/** The way it had before, for its data are there; else containers where they run. */
async function chooseWay(
  before: Way | undefined,
  { env }: LauncherOptions,
  local: boolean,
): Promise<[Way, string]> {
  if (local) return ['local', 'as you ask with --local'];
  if (before === 'local') return ['local', 'its data from the last time are there'];
  const lack = await findWhatContainersLack(env);
  if (lack === undefined) return ['container', 'a container engine runs'];
  return before === 'container'
    ? ['local', `${lack}; what was written in its container is not seen now`]
    : ['local', lack];
}

export function openInstance(service: Service, record: ServiceRecord, options: LauncherOptions): Instance {
  const { name } = service;
  if (record.way === 'local') return service.openLocal({ ...options, ...record });
  return openContainer({ ...options, name, password: record.password, port: record.port });
}

async function waitForAnswer(
  service: Service,
  address: { port: number; password: string },
  { say, signal }: LauncherOptions,
): Promise<void> {
  const answers = async () =>
    await service.ask(address).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ServiceError) throw error; // Time does not mend that.
        return false;
      },
    );
  await waitUntil(answers, { what: `${service.title} to answer a query`, signal, say, patienceMs: 30_000 });
}

/** Ends it. Its data stay. */
export async function bringDown(service: Service, options: LauncherOptions): Promise<void> {
  const record = readRecord(options.root, service.name);
  if (record === undefined) return options.say(`${service.title} is not up.`);
  const instance = openInstance(service, record, options);
  const { state } = await instance.look();
  if (state !== 'down') {
    options.say(`${service.title}: ending it …`);
    await instance.stop();
  }
  writeRecord(options.root, service.name, { ...record, wanted: false });
  options.say(
    state === 'down'
      ? `${service.title} was not up.`
      : `${service.title} is down. Its data stay in ${instance.place}`,
  );
  writeEnvironments(service, options);
}

/** Tells the stages that need the service where theirs are: those that are wanted now, and nothing of the others. */
function writeEnvironments(changed: Service, { root, services, say }: LauncherOptions): void {
  for (const stage of listStages(root)) {
    const needed = services.filter(({ name }) => servicesOf(stage.path).includes(name));
    if (!needed.includes(changed)) continue;
    const variables = Object.assign({}, ...needed.map((service) => variablesOf(service, stage, root)));
    const theirs = writeEnvironment(join(stage.path, '.env'), variables);
    const names = Object.keys(variables);
    say(`  ${stage.folder}/.env: ${names.length > 0 ? names.join(', ') : 'its lines are taken away'}`);
    for (const name of theirs) say(`    you set ${name} there too: yours counts`);
  }
}

function variablesOf(service: Service, stage: Stage, root: string): Readonly<Record<string, string>> {
  const record = readRecord(root, service.name);
  if (record?.wanted !== true || record.port === undefined) return {};
  return service.variables({ port: record.port, password: record.password }, stage);
}
