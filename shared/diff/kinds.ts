import { collectConfiguration, collectNames, collectRoot } from './code.ts';
import { collectFiles } from './files.ts';
import type { Kind } from './items.ts';
import { compareLines } from './lines.ts';
import { collectMetrics } from './metrics.ts';
import {
  collectFlags,
  collectMigrations,
  collectPackages,
  collectProcedures,
  collectRoutes,
  collectTopics,
} from './surface.ts';

/** What a stage can add, in the order in which it is told. A kind of which a stage adds nothing is not printed. */
export const kinds: readonly Kind[] = [
  { key: 'files', title: 'Files', layout: 'files', finds: 'own', collect: collectFiles },
  { key: 'names', title: 'Names at the doors', layout: 'names', finds: 'all', collect: collectNames },
  {
    key: 'root',
    title: 'The composition root',
    layout: 'lines',
    note: 'without its imports',
    finds: 'all',
    collect: collectRoot,
    compare: compareLines,
  },
  { key: 'packages', title: 'npm packages', layout: 'table', finds: 'own', collect: collectPackages },
  {
    key: 'configuration',
    title: 'Configuration',
    layout: 'table',
    note: 'variable, default, what it wants',
    finds: 'all',
    collect: collectConfiguration,
  },
  { key: 'flags', title: 'Command line', layout: 'table', finds: 'own', collect: collectFlags },
  {
    key: 'routes',
    title: 'HTTP routes',
    layout: 'table',
    note: 'as the source has them, without a prefix that is given at registration',
    finds: 'own',
    collect: collectRoutes,
  },
  {
    key: 'procedures',
    title: 'Remote procedures',
    layout: 'table',
    finds: 'own',
    collect: collectProcedures,
  },
  {
    key: 'metrics',
    title: 'Metrics',
    layout: 'table',
    note: "besides those of Node.js's own",
    finds: 'own',
    collect: collectMetrics,
  },
  { key: 'migrations', title: 'SQL', layout: 'table', finds: 'own', collect: collectMigrations },
  {
    key: 'topics',
    title: 'Topics',
    layout: 'table',
    note: 'as the source names them',
    finds: 'own',
    collect: collectTopics,
  },
];
