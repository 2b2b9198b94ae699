import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findViolations } from './rules.ts';
import { createTree, packageJson, type Tree } from './testing.ts';
import { formatViolation, type RuleName, ruleNames } from './violation.ts';

test('the stages keep the import rules', () => {
  assert.deepEqual(findViolations().map(formatViolation), []);
});

const [one, two, three] = ['stage-01-one', 'stage-02-two', 'stage-03-three'] as const;

/** A stage that only passes on what the one before has. */
function passingStage(folder: string, previous: string): Tree {
  const doors = ['src/app', 'src/config', 'src/domain', 'src/service', 'src/repository', 'test/contracts'];
  const entries = doors.map((door) => {
    const statement = `export * from '@medcenter/${previous}/${door.replace('src/', '')}';\n`;
    return [`${folder}/${door}/index.ts`, statement];
  });
  return { ...Object.fromEntries(entries), [`${folder}/package.json`]: packageJson(folder) };
}

/** Three stages that break no rule, with much in them that comes near. */
const clean: Tree = {
  [`${one}/package.json`]: packageJson(one, {
    dependencies: { ajv: '8.0.0' },
    devDependencies: { '@types/yargs': '17.0.0', 'fast-check': '4.0.0' },
  }),
  [`${one}/src/main.ts`]: "import { start } from './app/index.ts';\nawait start();\n",
  [`${one}/src/app/index.ts`]: [
    "import { randomUUID } from 'node:crypto';",
    "import { readConfig } from '../config/index.ts';",
    "import { openStorage } from '../repository/index.ts';",
    "import { createPatients } from '../service/index.ts';",
    'export const start = () => createPatients(openStorage(readConfig().FILE), randomUUID, Date.now());',
  ].join('\n'),
  [`${one}/src/config/index.ts`]: [
    'export const variables = {};',
    'export const readConfig = (env = process.env) => ({ FILE: env.FILE });',
  ].join('\n'),
  [`${one}/src/domain/index.ts`]: "export * from './patient.ts';\n",
  [`${one}/src/domain/patient.ts`]: [
    "// import 'ajv'; new Date() and process.env in a comment",
    "export const age = 'process.env'.length + new Date(0).getTime() + Date.UTC(2026);",
    'export interface Patient { console: string; performance?: number }',
    'export const isNew = (patient: Patient) => patient.console;',
  ].join('\n'),
  [`${one}/src/service/index.ts`]: [
    "import { isNew } from '../domain/index.ts';",
    "import type { Storage } from '../repository/index.ts';",
    'export const createPatients = (storage: Storage, ...rest: unknown[]) => ({ storage, rest, isNew });',
  ].join('\n'),
  [`${one}/src/repository/index.ts`]: "export * from './storage.ts';\n",
  [`${one}/src/repository/storage.ts`]: [
    "import { readFileSync } from 'node:fs';",
    "import Ajv from 'ajv/dist/2020.js';",
    "import type { Argv } from '@types/yargs';",
    "import type { Patient } from '../domain/index.ts';",
    'export interface Storage { patients: Patient[] }',
    'export const openStorage = (file: string): Storage => new Ajv(readFileSync(file)) as Argv;',
  ].join('\n'),
  [`${one}/test/patient.test.ts`]: [
    "import fc from 'fast-check';",
    "import { run } from '@medcenter/shared/testing';",
    "import { isNew } from '../src/domain/patient.ts';",
    'run(fc, isNew, process.env);',
  ].join('\n'),
  [`${one}/test/contracts/index.ts`]: 'export const storageContract = 1;\n',
  ...passingStage(two, one),
  [`${two}/src/config/index.ts`]: [
    `export * from '@medcenter/${one}/config';`,
    `import { variables as inherited } from '@medcenter/${one}/config';`,
    "export const variables = { ...inherited, PORT: '3000' };",
  ].join('\n'),
  ...passingStage(three, two),
  'shared/testing/index.ts': "import '@medcenter/stage-03-three/domain';\nexport const run = process.env;\n",
};

interface Planted {
  name: string;
  files: Tree;
  /** `file:line rule`, the file from the root. */
  expected: `${string}:${number} ${RuleName}`[];
}

const planted: Planted[] = [
  {
    name: 'an import of a later stage',
    files: { [`${one}/src/service/late.ts`]: `\nimport { x } from '@medcenter/${two}/domain';` },
    expected: [`${one}/src/service/late.ts:2 forward-import`],
  },
  {
    name: 'a later stage in a type, a test and a dynamic import',
    files: {
      [`${one}/src/service/late.ts`]: `export type X = import('@medcenter/${two}/service').X;`,
      [`${one}/test/late.test.ts`]: `await import('@medcenter/${three}/service');`,
    },
    expected: [`${one}/src/service/late.ts:1 forward-import`, `${one}/test/late.test.ts:1 forward-import`],
  },
  {
    name: 'an import that skips a stage, in a source and in a test',
    files: {
      [`${three}/src/service/more.ts`]: `import type { Storage } from '@medcenter/${one}/repository';`,
      [`${three}/test/more.test.ts`]: `import { a } from '@medcenter/${one}/test/contracts';`,
    },
    expected: [`${three}/src/service/more.ts:1 skipped-stage`, `${three}/test/more.test.ts:1 skipped-stage`],
  },
  {
    name: 'a predecessor past its doors: an inner file, a path, its tests',
    files: {
      [`${two}/src/service/a.ts`]: `import { a } from '../../../${one}/src/domain/index.ts';`,
      [`${two}/src/service/b.ts`]: `import { b } from '@medcenter/${one}/domain/inner';`,
      [`${two}/src/service/c.ts`]: `import { c } from '@medcenter/${one}/test/contracts';`,
    },
    expected: [
      `${two}/src/service/a.ts:1 stage-door`,
      `${two}/src/service/b.ts:1 stage-door`,
      `${two}/src/service/c.ts:1 stage-door`,
    ],
  },
  {
    name: 'a source that imports shared, by name and by path',
    files: {
      [`${one}/src/app/a.ts`]: "import { run } from '@medcenter/shared/testing';",
      [`${one}/src/app/b.ts`]: "import { run } from '../../../shared/testing/index.ts';",
    },
    expected: [`${one}/src/app/a.ts:1 shared-import`, `${one}/src/app/b.ts:1 shared-import`],
  },
  {
    name: 'a path out of every stage',
    files: { [`${one}/src/app/a.ts`]: "import data from '../../../data.json' with { type: 'json' };" },
    expected: [`${one}/src/app/a.ts:1 outside-import`],
  },
  {
    name: 'packages that the stage does not declare, also where the stage before declares them',
    files: {
      [`${one}/src/repository/a.ts`]: "import pg from 'pg';",
      [`${one}/src/repository/b.ts`]: "import fc from 'fast-check';",
      [`${one}/src/repository/c.ts`]: "import type { X } from '@scope/name/deep.js';",
      [`${two}/src/repository/a.ts`]: "import Ajv from 'ajv';",
      [`${two}/test/a.test.ts`]: "import fc from 'fast-check';",
    },
    expected: [
      `${one}/src/repository/a.ts:1 undeclared-package`,
      `${one}/src/repository/b.ts:1 undeclared-package`,
      `${one}/src/repository/c.ts:1 undeclared-package`,
      `${two}/src/repository/a.ts:1 undeclared-package`,
      `${two}/test/a.test.ts:1 undeclared-package`,
    ],
  },
  {
    name: 'a source that imports its tests',
    files: { [`${one}/src/repository/a.ts`]: "import { a } from '../../test/contracts/index.ts';" },
    expected: [`${one}/src/repository/a.ts:1 test-import`],
  },
  {
    name: 'a folder that is no layer',
    files: { [`${one}/src/helpers/strings.ts`]: '' },
    expected: [`${one}/src/helpers/strings.ts:1 unknown-layer`],
  },
  {
    name: 'arrows that point the wrong way',
    files: {
      [`${one}/src/repository/a.ts`]: "import { a } from '../service/index.ts';",
      [`${one}/src/service/a.ts`]: "import { start } from '../app/index.ts';",
      [`${one}/src/service/b.ts`]: "import { run } from '../main.ts';",
      [`${one}/src/config/a.ts`]: "import { a } from '../domain/index.ts';",
      [`${one}/src/cli/index.ts`]: "import { open } from '../repository/index.ts';",
      [`${one}/src/serve.ts`]: "import { open } from './repository/index.ts';",
    },
    expected: [
      `${one}/src/cli/index.ts:1 layer-arrow`,
      `${one}/src/config/a.ts:1 layer-arrow`,
      `${one}/src/repository/a.ts:1 layer-arrow`,
      `${one}/src/serve.ts:1 layer-arrow`,
      `${one}/src/service/a.ts:1 layer-arrow`,
      `${one}/src/service/b.ts:1 layer-arrow`,
      `${two}/src/cli/index.ts:1 missing-door`,
    ],
  },
  {
    name: 'arrows that point the wrong way at the stage before',
    files: { [`${two}/src/repository/a.ts`]: `import { a } from '@medcenter/${one}/service';` },
    expected: [`${two}/src/repository/a.ts:1 layer-arrow`],
  },
  {
    name: 'a service that uses the repository instead of being given one',
    files: { [`${one}/src/service/a.ts`]: "import { openStorage } from '../repository/index.ts';" },
    expected: [`${one}/src/service/a.ts:1 layer-arrow`],
  },
  {
    name: 'an inner file of another layer',
    files: {
      [`${one}/src/service/a.ts`]: "import { isNew } from '../domain/patient.ts';",
      [`${one}/src/start.ts`]: "import { a } from './app/inner.ts';",
      [`${one}/src/app/inner.ts`]: "import { open } from '../repository/json-file/index.ts';",
    },
    expected: [
      `${one}/src/app/inner.ts:1 layer-door`,
      `${one}/src/service/a.ts:1 layer-door`,
      `${one}/src/start.ts:1 layer-door`,
    ],
  },
  {
    name: 'a domain that imports',
    files: {
      [`${one}/src/domain/a.ts`]: "import { randomUUID } from 'node:crypto';",
      [`${one}/src/domain/b.ts`]: "import type { Options } from 'ajv';",
      [`${one}/src/domain/c.ts`]: "import type { Storage } from '../repository/index.ts';",
      [`${two}/src/domain/d.ts`]: `import { variables } from '@medcenter/${one}/config';`,
    },
    expected: [
      `${one}/src/domain/a.ts:1 domain-pure`,
      `${one}/src/domain/b.ts:1 domain-pure`,
      `${one}/src/domain/c.ts:1 domain-pure`,
      `${two}/src/domain/d.ts:1 domain-pure`,
    ],
  },
  {
    name: 'a domain that asks the machine',
    files: {
      [`${one}/src/domain/a.ts`]: [
        'const a = Date.now();',
        'const b = new Date();',
        'const c = new Date;',
        'const d = Date();',
        'const e = Math.random();',
        'const f = `$' + '{process.platform}`;',
        'const g = crypto.randomUUID();',
        'const h = a ? performance : b;',
      ].join('\n'),
    },
    expected: [1, 2, 3, 4, 5, 6, 7, 8].map((line) => `${one}/src/domain/a.ts:${line} domain-pure` as const),
  },
  {
    name: 'the environment outside config',
    files: {
      [`${one}/src/app/a.ts`]: [
        'const a = process.env.PORT;',
        "const b = process['env'];",
        'const { env } = process;',
        "import { env as settings } from 'node:process';",
        'process.loadEnvFile();',
        'const fine = process.argv;',
      ].join('\n'),
      [`${one}/src/main.ts`]: 'console.log(process?.env);',
      [`${one}/services/a.ts`]: 'console.log(process.env);',
    },
    expected: [
      `${one}/services/a.ts:1 environment`,
      `${one}/src/app/a.ts:1 environment`,
      `${one}/src/app/a.ts:2 environment`,
      `${one}/src/app/a.ts:3 environment`,
      `${one}/src/app/a.ts:4 environment`,
      `${one}/src/app/a.ts:5 environment`,
      `${one}/src/main.ts:1 environment`,
    ],
  },
  {
    name: 'a door that is missing for a new layer, and for contract suites',
    files: {
      [`${two}/src/transport/http/index.ts`]: '',
      [`${two}/src/cache/index.ts`]: '',
      [`${three}/src/cache/index.ts`]: `export * from '@medcenter/${two}/cache';`,
    },
    expected: [`${three}/src/transport/http/index.ts:1 missing-door`],
  },
  {
    name: 'a door that does not begin with what it inherits',
    files: {
      [`${two}/src/domain/index.ts`]: `export const a = 1;\nexport * from '@medcenter/${one}/domain';`,
      [`${two}/src/service/index.ts`]: `export * from '@medcenter/${one}/domain';`,
      [`${two}/test/contracts/index.ts`]: 'export const own = 1;',
      [`${three}/src/domain/index.ts`]: `// Why.\nexport * from "@medcenter/${two}/domain"`,
    },
    expected: [
      `${two}/src/domain/index.ts:1 door-first`,
      `${two}/src/service/index.ts:1 door-first`,
      `${two}/test/contracts/index.ts:1 door-first`,
    ],
  },
  {
    name: 'an inherited name offered anew, as a value and as a type, and the names that may be',
    files: {
      [`${three}/src/domain/index.ts`]: [
        `export * from '@medcenter/${two}/domain';`,
        'export const isNew = 1;',
        "export { type Other as Patient } from './other.ts';",
        `export { age } from '@medcenter/${two}/domain';`,
      ].join('\n'),
      [`${three}/src/domain/other.ts`]: 'export interface Other { id: string }',
      [`${three}/src/app/index.ts`]: `export * from '@medcenter/${two}/app';\nexport const start = 1;`,
    },
    expected: [
      `${three}/src/domain/index.ts:2 shadowed-name`,
      `${three}/src/domain/index.ts:3 shadowed-name`,
    ],
  },
  {
    name: 'one name by two export *',
    files: {
      [`${one}/src/domain/index.ts`]: "export * from './patient.ts';\nexport * from './again.ts';",
      [`${one}/src/domain/again.ts`]: 'export const isNew = 1;\nexport const fine = 1;',
      [`${two}/src/service/index.ts`]: `export * from '@medcenter/${one}/service';\nexport * from './own.ts';`,
      [`${two}/src/service/own.ts`]: 'export const createPatients = 1;',
    },
    expected: [`${one}/src/domain/index.ts:2 name-twice`, `${two}/src/service/index.ts:2 name-twice`],
  },
];

suite('a planted breach is found, and nothing else', () => {
  test('no breach in three clean stages, nor in one', (t) => {
    assert.deepEqual(findViolations(createTree(t, clean)).map(formatViolation), []);
    const first = Object.fromEntries(Object.entries(clean).filter(([path]) => path.startsWith(one)));
    assert.deepEqual(findViolations(createTree(t, first)).map(formatViolation), []);
  });

  for (const { name, files, expected } of planted) {
    test(name, (t) => {
      const violations = findViolations(createTree(t, { ...clean, ...files }));
      const found = violations.map(({ file, line, rule }) => `${file}:${line} ${rule}`).sort();
      assert.deepEqual(found, [...expected].sort());
      for (const { what, remedy } of violations) assert.ok(what.length > 10 && /[.;…]$/.test(remedy), remedy);
    });
  }

  test('every rule has its planted breach', () => {
    const found = new Set(planted.flatMap(({ expected }) => expected.map((text) => text.split(' ')[1])));
    assert.deepEqual(
      ruleNames.filter((rule) => !found.has(rule)),
      [],
    );
  });
});

test('a violation is one line that names the place, the rule and the remedy', () => {
  const violation = {
    file: 'stage-01-core/src/domain/patient.ts',
    line: 3,
    rule: 'domain-pure',
    what: 'domain uses Date.now',
    remedy: 'Take the time as an argument.',
  } as const;
  assert.equal(
    formatViolation(violation),
    'stage-01-core/src/domain/patient.ts:3 domain-pure — domain uses Date.now. Take the time as an argument.',
  );
});
