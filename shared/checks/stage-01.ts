import { join } from 'node:path';
import { ROOT } from '../stages.ts';
import type { Suite } from './harness.ts';
import { type Program, preparePrograms } from './program.ts';
import { dataFile } from './stage-01/data-file.ts';
import { killNine } from './stage-01/kill-nine.ts';
import { manyAtOnce } from './stage-01/many-at-once.ts';
import { operations } from './stage-01/operations.ts';
import { output } from './stage-01/output.ts';
import { search } from './stage-01/search.ts';
import { usage } from './stage-01/usage.ts';
import { validation } from './stage-01/validation.ts';

/** Stage 1: a command line over one JSON file. Each check calls the program in an empty folder of its own. */
export const suite: Suite<Program> = {
  title: 'Stage 1, a command line over one JSON file',
  reference: [process.execPath, join(ROOT, 'stage-01-core', 'src', 'main.ts')],
  checks: [
    ...operations,
    ...search,
    ...validation,
    ...usage,
    ...output,
    ...dataFile,
    ...manyAtOnce,
    ...killNine,
  ],
  prepare: preparePrograms,
};
