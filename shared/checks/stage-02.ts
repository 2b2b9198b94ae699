import { join } from 'node:path';
import { ROOT } from '../stages.ts';
import type { Suite } from './harness.ts';
import { DATA_FILE, type Desk } from './stage-02/check.ts';
import { conditions } from './stage-02/conditions.ts';
import { cors } from './stage-02/cors.ts';
import { documents } from './stage-02/documents.ts';
import { life } from './stage-02/life.ts';
import { log } from './stage-02/log.ts';
import { oneFile } from './stage-02/one-file.ts';
import { pages } from './stage-02/pages.ts';
import { prepareDesks } from './stage-02/prepare.ts';
import { records } from './stage-02/records.ts';
import { refusals } from './stage-02/refusals.ts';
import { requestIds } from './stage-02/request-ids.ts';
import { search } from './stage-02/search.ts';
import { wire } from './stage-02/wire.ts';

/**
 * Stage 2: the same patients over HTTP. Most checks talk to one server, each about people whose names nobody else
 * has; those that look at its life start servers of their own.
 */
export const suite: Suite<Desk> = {
  title: 'Stage 2, patients over HTTP',
  reference: [process.execPath, join(ROOT, 'stage-02-http', 'src', 'main.ts')],
  serves: true,
  checks: [
    ...records,
    ...pages,
    ...search,
    ...conditions,
    ...refusals,
    ...wire,
    ...requestIds,
    ...log,
    ...cors,
    ...documents,
    ...oneFile,
    ...life,
  ],
  prepare: (subject, stack) => prepareDesks(subject, stack, { DATA_FILE }),
};
