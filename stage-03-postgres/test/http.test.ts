import { suite } from 'node:test';
import { createLines } from '@medcenter/shared/testing';
import { start } from '../src/app/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import { clinicHttpContract, createClient, patientHttpContract } from './contracts/index.ts';
import { DATABASES } from './support.ts';

for (const { name, suite: options, place } of DATABASES) {
  suite(name, options, () => {
    const open = async (t: Parameters<typeof place>[0]) => {
      const { url, file } = await place(t);
      const config = {
        ...readConfig(variables, { PORT: '0', DATABASE_CONNECT_TIMEOUT_MS: '5000' }),
        DATABASE_URL: url,
        SQLITE_FILE: file,
      };
      const running = await start(config, createLines().out);
      t.after(() => running[Symbol.asyncDispose]());
      return createClient(running.url);
    };
    patientHttpContract(`the API over ${name}`, open);
    clinicHttpContract(`the API over ${name}`, open);
  });
}
