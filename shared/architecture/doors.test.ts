import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { namesAt } from './doors.ts';
import { openProject } from './project.ts';
import { createTree, packageJson } from './testing.ts';

test('names are followed to where they were made', (t) => {
  const root = createTree(t, {
    'stage-01-one/package.json': packageJson('stage-01-one'),
    'stage-01-one/src/domain/index.ts': "export * from './patient.ts';\nexport const b = 1;",
    'stage-01-one/src/domain/patient.ts': 'export interface Patient { id: string }\nexport const a = 1;',
    'stage-02-two/package.json': packageJson('stage-02-two'),
    'stage-02-two/src/domain/index.ts': [
      "export * from '@medcenter/stage-01-one/domain';",
      "import { a as inherited } from '@medcenter/stage-01-one/domain';",
      "import type { Patient } from '@medcenter/stage-01-one/domain';",
      'export const b = 2;',
      "export { c as d } from './c.ts';",
      'export { inherited as e, Patient as Person };',
      "export { validate } from 'ajv';",
    ].join('\n'),
    'stage-02-two/src/domain/c.ts': 'export const c = 3;',
  });
  const project = openProject(root);
  const { names, lost } = namesAt(project, join(root, 'stage-02-two', 'src', 'domain', 'index.ts'));
  assert.equal(lost.size, 0);
  assert.deepEqual(
    Object.fromEntries([...names].map(([name, { kind, origin }]) => [name, `${kind} ${origin}`])),
    {
      Patient: 'type stage-01-one/src/domain/patient.ts#Patient',
      a: 'value stage-01-one/src/domain/patient.ts#a',
      b: 'value stage-02-two/src/domain/index.ts#b',
      d: 'value stage-02-two/src/domain/c.ts#c',
      e: 'value stage-01-one/src/domain/patient.ts#a',
      Person: 'type stage-01-one/src/domain/patient.ts#Patient',
      validate: 'value ajv#validate',
    },
  );
});

test('a module that imports itself in a circle ends', (t) => {
  const root = createTree(t, {
    'stage-01-one/src/domain/index.ts': "export * from './a.ts';",
    'stage-01-one/src/domain/a.ts': "export * from './index.ts';\nexport const a = 1;",
  });
  const { names } = namesAt(openProject(root), join(root, 'stage-01-one', 'src', 'domain', 'index.ts'));
  assert.deepEqual([...names.keys()], ['a']);
});
