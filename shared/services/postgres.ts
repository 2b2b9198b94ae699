import type { Stage } from '../stages.ts';
import { openLocalPostgres } from './local-postgres.ts';
import { askPostgres, postgresUrl, provideDatabase } from './postgres-url.ts';
import type { Service } from './service.ts';
import { ServiceError } from './service-error.ts';

export const postgres: Service = describePostgres();

/** With `throwAway` for tests, which would only wait for the disk. */
export function describePostgres({ throwAway = false } = {}): Service {
  return {
    name: 'postgres',
    title: 'PostgreSQL',
    ports: [5432, 5433, 5434, 5435],
    openLocal(options) {
      const server = openLocalPostgres({ ...options, throwAway });
      return {
        ...server,
        place: server.dataFolder,
        start: (ports) => server.start(ports, { detached: true }),
        log: async (lines) => server.log(lines),
      };
    },
    async ask(address) {
      await askPostgres(postgresUrl(address)).catch((error: { code?: string }) => {
        // 28P01: invalid_password.
        throw error.code === '28P01' ? wrongPassword(address.port) : error;
      });
    },
    async provide(address, stage) {
      await provideDatabase(address, databaseOf(stage));
    },
    variables: (address, stage) => ({
      DATABASE_URL: postgresUrl({ ...address, database: databaseOf(stage) }),
    }),
  };
}

function wrongPassword(port: number): ServiceError {
  return new ServiceError(
    [
      `PostgreSQL on 127.0.0.1:${port} does not take the password in .services/postgres.json: its data were made with`,
      'another one. If you can spare them: npm run services -- down, and take the data away that "npm run services --',
      'status" names (a volume by "docker volume rm NAME").',
    ].join('\n'),
  );
}

/** No stage meets another one's data. */
function databaseOf({ number }: Stage): string {
  return `medcenter_stage_${String(number).padStart(2, '0')}`;
}
