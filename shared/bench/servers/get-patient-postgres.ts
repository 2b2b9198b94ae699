import { Writable } from 'node:stream';
import { start } from '@medcenter/stage-03-postgres/app';
import { readConfig, variables } from '@medcenter/stage-03-postgres/config';
import { report } from './report.ts';

// Stage 3's API over the PostgreSQL database that the first argument names, asked for the patient of the second.
const [, , url = '', id = ''] = process.argv;
const config = readConfig(variables, { PORT: '0', LOG_LEVEL: 'warn', DATABASE_URL: url });
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const running = await start(config, nowhere);
report(`${running.url}/api/v1/patients/${id}`);
