import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withFileLock } from '@medcenter/stage-01-core/repository';
import { listStages, UsageError } from '../stages.ts';
import { bringDown, bringUp, type LauncherOptions, openInstance } from './launcher.ts';
import { servicesOf } from './needs.ts';
import { provideServicesFolder, readRecord } from './record.ts';
import type { Instance, Service, State } from './service.ts';
import { ServiceError } from './service-error.ts';
import { showStatus } from './status.ts';

export const USAGE = `Real servers for the stages: containers where an engine runs, else processes of this machine.

  npm run services -- up [name…]         starts them, and writes the stages' .env
                     up --local          without containers, also where an engine runs
  npm run services -- down [name…]       ends them; their data stay
  npm run services -- status             which of them run, where, and where their data lie
  npm run services -- logs [name…] [--lines N]
  npm run services -- restart [name…]

Without a name: what the stages need, and what was brought up by its name.

To see what a stage does then:
  npm run services -- kill [name…]       ends them as kill -9 does
  npm run services -- freeze [name…]     they keep their connections and answer nothing
  npm run services -- thaw [name…]`;

interface Order {
  service: Service;
  options: LauncherOptions;
  local: boolean;
  lines: number;
}

/** What is done to each service that is named. */
const commands: Record<string, (order: Order) => Promise<void>> = {
  up: ({ service, options, local }) => bringUp(service, options, local),
  down: ({ service, options }) => bringDown(service, options),
  restart: restart,
  logs: async ({ service, options, lines }) => {
    options.say(await known(service, options).log(lines));
  },
  kill: (order) => change(order, ['up', 'frozen'], 'killed', (instance) => instance.kill()),
  freeze: (order) => change(order, ['up'], 'frozen', (instance) => instance.freeze()),
  thaw: (order) => change(order, ['frozen'], 'thawed', (instance) => instance.thaw()),
};

/** Carries out a command line; answers the exit code. @throws UsageError */
export async function runServices(args: readonly string[], options: LauncherOptions): Promise<number> {
  const { command, services, ...more } = readOrder(args, options);
  if (command === 'help') {
    options.say(USAGE);
    return 0;
  }
  if (command === 'status') {
    await showStatus(services, options);
    return 0;
  }
  const carryOut = commands[command];
  if (carryOut === undefined) throw new UsageError(`There is no command "${command}".\n\n${USAGE}`);
  try {
    await oneAtATime(options, command, async () => {
      for (const service of services) await carryOut({ service, options, ...more });
    });
    return 0;
  } catch (error) {
    if (options.signal.aborted) {
      options.say('Interrupted. What was being started has been ended again.');
      return 130;
    }
    if (!(error instanceof ServiceError)) throw error;
    options.say(error.message);
    return 1;
  }
}

function readOrder(args: readonly string[], options: LauncherOptions) {
  const { services } = options;
  const { values, positionals } = readFlags(args);
  const [command, ...names] = positionals;
  if (values.help) return { command: 'help', services, local: false, lines: 0 };
  if (command === undefined) throw new UsageError(USAGE);
  const unknown = names.find((name) => !services.some((service) => service.name === name));
  if (unknown !== undefined) {
    const known = services.map(({ name }) => name).join(', ');
    throw new UsageError(`There is no service "${unknown}". There are: ${known}.`);
  }
  const lines = Number(values.lines);
  if (!Number.isInteger(lines) || lines < 1) throw new UsageError('--lines wants a number from 1 up.');
  return { command, services: chooseServices(command, names, options), local: values.local, lines };
}

/** Those that are named; else what the stages need, and what was brought up by its name. */
function chooseServices(
  command: string,
  names: readonly string[],
  { root, services }: LauncherOptions,
): Service[] {
  if (names.length > 0) return services.filter(({ name }) => names.includes(name));
  const needed = new Set(listStages(root).flatMap(({ path }) => servicesOf(path)));
  const isNeeded = ({ name }: Service) => needed.has(name);
  const isWanted = ({ name }: Service) => readRecord(root, name)?.wanted === true;
  if (command === 'up') return services.filter((one) => isNeeded(one) || isWanted(one));
  if (command === 'status') return services.filter((one) => isNeeded(one) || readRecord(root, one.name));
  // What is not up, and need not be, is in nobody's way.
  return services.some(isWanted) ? services.filter(isWanted) : services.filter(isNeeded);
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', default: false },
        local: { type: 'boolean', default: false },
        lines: { type: 'string', default: '40' },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

/** Two launchers of one clone would start the same thing twice. The lock ends with its process, also by kill -9. */
async function oneAtATime({ root }: LauncherOptions, command: string, work: () => Promise<void>) {
  if (command === 'logs') return await work();
  await withFileLock(join(provideServicesFolder(root), 'launcher'), work, 60_000);
}

/** A service that has been brought up at some time. */
function known(service: Service, options: LauncherOptions): Instance {
  const record = readRecord(options.root, service.name);
  if (record) return openInstance(service, record, options);
  throw new ServiceError(
    `${service.title} was never up here. Bring it up: npm run services -- up ${service.name}`,
  );
}

async function restart({ service, options }: Order): Promise<void> {
  const instance = known(service, options);
  if ((await instance.look()).state !== 'down') {
    options.say(`${service.title}: ending it …`);
    await instance.stop();
  }
  await bringUp(service, options, readRecord(options.root, service.name)?.way === 'local');
}

async function change(
  { service, options }: Order,
  from: readonly State[],
  result: string,
  act: (instance: Instance) => Promise<void>,
): Promise<void> {
  const instance = known(service, options);
  const { state } = await instance.look();
  if (!from.includes(state)) throw new ServiceError(`${service.title} is ${state}: it cannot be ${result}.`);
  await act(instance);
  options.say(`${service.title} is ${result}.`);
}
