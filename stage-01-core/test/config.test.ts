import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createFolder } from '@medcenter/shared/testing';
import { readConfig, readEnvironment, text, variables } from '../src/config/index.ts';

const table = {
  ...variables,
  PORT: {
    wants: 'a number',
    fallback: 3000,
    parse: (held: string) => (/^\d+$/.test(held) ? Number(held) : undefined),
  },
  KEY: {
    wants: '8 letters',
    fallback: '',
    secret: true,
    parse: (held: string) => (held.length === 8 ? held : undefined),
  },
};

test('what is unset or empty has its default, and what is set has its value', () => {
  assert.deepEqual(readConfig(table, { PORT: '' }), { DATA_FILE: 'patients.json', PORT: 3000, KEY: '' });
  assert.deepEqual(readConfig(table, { PORT: '80', DATA_FILE: 'x', KEY: 'abcdefgh' }), {
    DATA_FILE: 'x',
    PORT: 80,
    KEY: 'abcdefgh',
  });
});

test('every wrong variable gets a line: its name, what it holds, what it wants; a secret is not shown', () => {
  assert.throws(() => readConfig(table, { PORT: 'eighty', KEY: 'hunter2' }), {
    code: 'config',
    message: 'PORT holds "eighty", and wants a number\nKEY holds a secret, and wants 8 letters',
  });
});

test('the file .env is read under the environment, and need not be there', async (t) => {
  const folder = await createFolder(t);
  const file = join(folder, '.env');
  await writeFile(file, 'DATA_FILE=from-file.json\nPATH=nowhere\n');
  await writeFile(join(folder, 'bom.env'), '\ufeffDATA_FILE=x.json\n');
  assert.equal(readEnvironment(pathToFileURL(join(folder, 'bom.env'))).DATA_FILE, 'x.json');
  assert.throws(() => readEnvironment(pathToFileURL(folder)), { code: 'config', message: /cannot be read/ });
  const environment = readEnvironment(pathToFileURL(file));
  assert.equal(environment.DATA_FILE, 'from-file.json');
  assert.equal(environment.PATH, process.env.PATH);
  assert.equal(readEnvironment(pathToFileURL(join(folder, 'none'))).PATH, process.env.PATH);
});

test('a text is taken as it is', () => assert.equal(text({ wants: '', fallback: '' }).parse(' x '), ' x '));
