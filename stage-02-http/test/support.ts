import type { TestContext } from 'node:test';
import { createLines } from '@medcenter/shared/testing';
import type { FastifyInstance } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { createLogger } from '../src/observability/index.ts';
import { createMemoryStorage } from '../src/repository/index.ts';
import { createPatientRegistry } from '../src/service/index.ts';
import { createHttpApp, type HttpOptions, type PatientRouteOptions } from '../src/transport/http/index.ts';
import { createStillClock } from './contracts/index.ts';

interface AppOptions extends Partial<HttpOptions> {
  /** Adds routes or hooks before the app is ready. */
  readonly extend?: (app: FastifyInstance) => void;
  readonly patients?: Partial<PatientRouteOptions['patients']>;
}

/** The API over a storage in memory, not listening; its log is in `lines`. */
export async function createApp(t: TestContext, { extend, patients, ...options }: AppOptions = {}) {
  const { out, lines } = createLines();
  const deps = { storage: createMemoryStorage(), newId: uuidv7, clock: createStillClock() };
  const registry = { ...createPatientRegistry(deps), ...patients };
  const logger = createLogger({ level: 'info', service: 'test', out });
  const app = await createHttpApp({ patients: registry, clock: deps.clock }, { logger, ...options });
  extend?.(app);
  t.after(() => app.close());
  return { app, lines, registry };
}
