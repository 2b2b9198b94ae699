import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import type { ConfigOf, variables } from '../config/index.ts';
import { createLogger } from '../observability/index.ts';
import { openJsonStorage } from '../repository/index.ts';
import { createPatientRegistry, createSystemClock } from '../service/index.ts';
import { createHttpApp } from '../transport/http/index.ts';
import { assemble } from './assemble.ts';
import type { Running } from './serve.ts';

/** Puts the parts of this stage together and listens. The log goes to `out`. */
export function start(config: ConfigOf<typeof variables>, out: Writable): Promise<Running> {
  return assemble(async (stack) => {
    const logger = createLogger({ level: config.LOG_LEVEL, service: 'medcenter', out });
    const clock = createSystemClock();
    const storage = stack.adopt(await openJsonStorage(config.DATA_FILE), (opened) => opened.close());
    await storage.patients.list({ limit: 1 }); // A damaged file is better found now than by the first visitor.
    const patients = createPatientRegistry({ storage, newId: uuidv7, clock });
    const app = await createHttpApp({ patients, clock }, { logger, corsOrigins: config.CORS_ORIGINS });
    stack.defer(() => app.close());
    return {
      url: await app.listen({ host: config.HOST, port: config.PORT }),
      needs: [`storage: the JSON file ${resolve(config.DATA_FILE)}`],
    };
  });
}
