import { assemble, type Running, runCommandLine, serve } from '@medcenter/stage-03-postgres/app';
import { createTerminal } from '@medcenter/stage-03-postgres/cli';
import { type ConfigOf, readConfig, variables } from '@medcenter/stage-03-postgres/config';
import { createLogger } from '@medcenter/stage-03-postgres/observability';
import {
  type ClinicStorage,
  createSqlStorage,
  openDatabase,
  readDataFile,
} from '@medcenter/stage-03-postgres/repository';
import {
  type AppointmentRegistry,
  createAppointmentRegistry,
  createDoctorRegistry,
  createPatientRegistry,
  createSystemClock,
  type DoctorRegistry,
  type ImportReport,
  importRecords,
  type PatientRegistry,
} from '@medcenter/stage-03-postgres/service';
import {
  addClinicRoutes,
  clinicStatusByCode,
  createHttpApp,
} from '@medcenter/stage-03-postgres/transport/http';
import { v7 as uuidv7 } from 'uuid';

export type { Wrong } from '../stage-01/base.ts';

type App = Awaited<ReturnType<typeof createHttpApp>>;
type Config = ConfigOf<typeof variables>;

export interface Services {
  patients: PatientRegistry;
  doctors: DoctorRegistry;
  appointments: AppointmentRegistry;
}

/** What a wrong program does otherwise. */
export interface Replaced {
  /** Done to the database before the first request. */
  tables?(storage: ClinicStorage): Promise<void>;
  /** Some of the services, made of the right ones. */
  services?(services: Services, storage: ClinicStorage): Partial<Services>;
  /** Added to the app before its routes. */
  app?(app: App): void;
  importFile?(file: string, storage: ClinicStorage): Promise<ImportReport>;
  /** What is said of an error that the program cannot go on from. */
  complaint?(error: Error): string;
}

export const clock = createSystemClock();

const openStorage = async ({ DATABASE_URL, SQLITE_FILE }: Config) =>
  createSqlStorage(await openDatabase({ url: DATABASE_URL, file: SQLITE_FILE }));

/**
 * The real stage 3, put together of its own parts as its `start` does it. The wrong programs beside it are this one
 * with a part replaced, so what a check finds in them can only be that part.
 */
function start(config: Config, replaced: Replaced): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out: process.stdout });
    const storage = stack.adopt(await openStorage(config), (opened) => opened.close());
    await replaced.tables?.(storage);
    const deps = { storage, newId: uuidv7, clock };
    const right = {
      patients: createPatientRegistry(deps),
      doctors: createDoctorRegistry(deps),
      appointments: createAppointmentRegistry(deps),
    };
    const { patients, doctors, appointments } = { ...right, ...replaced.services?.(right, storage) };
    const app = await createHttpApp(
      { patients, clock },
      { logger, corsOrigins: config.CORS_ORIGINS, statuses: clinicStatusByCode },
    );
    replaced.app?.(app);
    addClinicRoutes(app, { doctors, appointments, clock });
    stack.defer(() => app.close());
    return { url: await app.listen({ host: config.HOST, port: config.PORT }), needs: [] };
  });
}

async function importInto(config: Config, file: string, importFile: NonNullable<Replaced['importFile']>) {
  await using stack = new AsyncDisposableStack();
  const storage = stack.adopt(await openStorage(config), (opened) => opened.close());
  const { imported, alreadyThere, refused } = await importFile(file, storage);
  console.log(`imported: ${imported}\nalready there: ${alreadyThere}\nrefused: ${refused.length}`);
  return 0;
}

/** Takes over the records as they are read. */
export const importAsRead = (
  file: string,
  storage: ClinicStorage,
  change: (records: ReturnType<typeof readDataFile>) => ReturnType<typeof readDataFile> = (records) =>
    records,
): Promise<ImportReport> => importRecords(() => change(readDataFile(file)), { storage, clock });

/** Runs the server, or with words behind it one command, with some of the parts replaced. */
export async function main(replaced: Replaced = {}): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr);
  const argv = process.argv.slice(2);
  const [command, file = ''] = argv;
  try {
    const config = readConfig(variables, process.env);
    if (argv.length === 0) process.exitCode = await serve(() => start(config, replaced), terminal.note);
    else if (command === 'import' && replaced.importFile)
      process.exitCode = await importInto(config, file, replaced.importFile);
    else process.exitCode = await runCommandLine(config, argv, terminal);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.note((replaced.complaint ?? (({ message }) => message))(error));
    process.exitCode = 'code' in error && error.code === 'config' ? 2 : 1;
  }
}

if (import.meta.main) await main();
