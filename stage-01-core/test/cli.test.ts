import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram } from '@medcenter/shared/testing';
import stringWidth from 'string-width';
import { patientCard, patientTable } from '../src/cli/index.ts';
import type { Patient } from '../src/domain/index.ts';
import { samplePatient } from './contracts/index.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ADD = [
  '--add',
  '--last-name',
  'Okafor',
  '--first-name',
  'Adaeze',
  '--birth-date',
  '1990-05-14',
  '--sex',
  'female',
];

/** The program in a folder of its own, where the data file then is. */
async function createProgram(t: TestContext, env: Record<string, string> = {}) {
  const cwd = await createFolder(t);
  const run = (...args: string[]) => runProgram(t, MAIN, args, { cwd, env });
  return {
    run,
    add: async (...more: string[]): Promise<Patient> =>
      JSON.parse((await run(...ADD, '--json', ...more)).stdout),
    readData: () => readFile(join(cwd, 'patients.json'), 'utf8').catch(() => 'none'),
    writeData: (text: string) => writeFile(join(cwd, 'patients.json'), text),
  };
}

describe('the program', () => {
  test('keeps patients: add, list, find, update, delete', async (t) => {
    const program = await createProgram(t);
    const patient = await program.add('--middle-name', 'Ngozi');
    assert.deepEqual(JSON.parse((await program.run('--list', '--json')).stdout), [patient]);
    assert.deepEqual(JSON.parse((await program.run('--find-by-id', patient.id, '--json')).stdout), patient);
    const changes = ['--last-name', 'Okafor-Wright', '--middle-name', ''];
    const updated = JSON.parse((await program.run('--update', patient.id, ...changes, '--json')).stdout);
    const { middleName: _, ...kept } = patient;
    assert.deepEqual(updated, {
      ...kept,
      lastName: 'Okafor-Wright',
      version: 2,
      updatedAt: updated.updatedAt,
    });
    assert.deepEqual(JSON.parse((await program.run('--delete', patient.id, '--json')).stdout), updated);
    assert.deepEqual(JSON.parse(await program.readData()), { version: 1, patients: [], appointments: [] });
  });

  test('prints data to stdout and all else to stderr, for people and for machines', async (t) => {
    const program = await createProgram(t);
    const forPeople = await program.run(...ADD);
    assert.match(forPeople.stdout, /^Name +Okafor Adaeze\n/);
    assert.deepEqual([forPeople.stderr, forPeople.exitCode], ['Registered.\n', 0]);
    const forMachines = await program.run('--list', '--json');
    assert.equal(JSON.parse(forMachines.stdout).length, 1);
    assert.equal((await program.run('--list', '--search', 'nobody', '--json')).stdout, '[]\n');
  });

  test('refuses with exit code 1, says every bad field by its flag, and changes nothing', async (t) => {
    const program = await createProgram(t);
    const { id } = await program.add();
    const before = await program.readData();
    const refusals = [
      [
        ['--add', '--birth-date', '2023-02-29', '--sex', 'x'],
        ['--last-name', '--first-name', '--birth-date', '--sex'],
      ],
      [
        ['--update', id, '--last-name', '', '--phone', '1'],
        ['--last-name', '--phone'],
      ],
      [['--find-by-id', 'none'], ['"none"']],
      [['--update', 'none', '--sex', 'male'], ['"none"']],
      [['--delete', 'none'], ['"none"']],
    ] as const;
    for (const [args, named] of refusals) {
      const { stdout, stderr, exitCode } = await program.run(...args);
      assert.deepEqual([stdout, exitCode], ['', 1], args.join(' '));
      for (const name of named)
        assert.ok(stderr.includes(name), `${args.join(' ')} names ${name}: ${stderr}`);
    }
    assert.equal(await program.readData(), before);
  });

  test('does not understand, with exit code 2: no operation, two, an unknown flag, a flag out of place, a flag twice', async (t) => {
    const program = await createProgram(t);
    const { id } = await program.add();
    const wrong = [
      [],
      ['--add', '--list'],
      ['--frob'],
      ['stray'],
      ['--list', '--sex', 'male'],
      ['--list', '--', 'stray'],
      ['--list', '--json=yes'],
      ['--add=no', '--list'],
      ['--list', '--search', '-x'],
      ['--add', '--search', 'x'],
      ['--update', id],
      ['--update'],
      ['--find-by-id', id, '--find-by-id', id],
      [...ADD, '--sex', 'male'],
    ];
    for (const args of wrong) {
      const { stdout, stderr, exitCode } = await program.run(...args);
      assert.deepEqual([stdout, exitCode], ['', 2], args.join(' '));
      assert.match(stderr, /--help/);
    }
    assert.equal(JSON.parse((await program.run('--list', '--json')).stdout).length, 1);
  });

  test('says that it was done when the answer cannot be written', {
    skip: process.platform !== 'linux' && 'needs /dev/full',
  }, async (t) => {
    const cwd = await createFolder(t);
    const script = `
      import { spawnSync } from 'node:child_process';
      import { openSync } from 'node:fs';
      const { status, stderr } = spawnSync(process.execPath, ${JSON.stringify([MAIN, ...ADD])}, { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
      console.log(status, String(stderr).split('\\n').at(-2));`;
    await writeFile(join(cwd, 'full.ts'), script);
    const { stdout } = await runProgram(t, join(cwd, 'full.ts'), [], { cwd });
    assert.equal(stdout, '74 The answer could not be written (ENOSPC); what was asked for is done.\n');
    assert.equal(JSON.parse(await readFile(join(cwd, 'patients.json'), 'utf8')).patients.length, 1);
  });

  test('helps on request, on stdout and with exit code 0, and touches no file', async (t) => {
    const program = await createProgram(t);
    const { stdout, exitCode } = await program.run('--help');
    assert.equal(exitCode, 0);
    for (const flag of ['--add', '--find-by-id', '--middle-name', '--json', 'Examples:'])
      assert.ok(stdout.includes(flag), flag);
    assert.equal(await program.readData(), 'none');
  });

  test('finds its file by --file, then DATA_FILE, then in the folder where it was called', async (t) => {
    const program = await createProgram(t, { DATA_FILE: 'of-the-environment.json' });
    await program.add();
    await program.add('--file', 'of-the-flag.json');
    assert.equal(await program.readData(), 'none');
    for (const file of ['of-the-environment.json', 'of-the-flag.json']) {
      assert.equal(JSON.parse((await program.run('--list', '--json', '--file', file)).stdout).length, 1);
    }
  });

  test('refuses a damaged file by its path', async (t) => {
    const program = await createProgram(t);
    await program.writeData('{"version":1,');
    const { stdout, stderr, exitCode } = await program.run('--list');
    assert.deepEqual([stdout, exitCode], ['', 1]);
    assert.match(stderr, /patients\.json is damaged/);
    assert.equal(await program.readData(), '{"version":1,');
  });

  test('stops quietly when its reader leaves', async (t) => {
    const program = await createProgram(t);
    const patients = Array.from({ length: 3000 }, () => samplePatient());
    await program.writeData(JSON.stringify({ version: 1, patients, appointments: [] }));
    const script = `
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, [${JSON.stringify(MAIN)}, '--list'], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.once('data', () => child.stdout.destroy());
      child.once('close', (code) => console.log('left with', code));`;
    const cwd = await createFolder(t);
    await writeFile(join(cwd, 'reader.ts'), script);
    await writeFile(join(cwd, 'patients.json'), await program.readData());
    const { stdout, stderr } = await runProgram(t, join(cwd, 'reader.ts'), [], { cwd });
    assert.equal(stdout, 'left with 0\n');
    assert.doesNotMatch(stderr, /EPIPE|defect/);
  });
});

describe('what people see', () => {
  const view = { columns: 80, strong: (text: string) => text };
  const patients = [
    samplePatient({ lastName: '山田', firstName: '太郎' }),
    samplePatient({
      lastName: 'Wolfeschlegelsteinhausenbergerdorff',
      firstName: 'Maximiliane',
      sex: 'unknown',
    }),
    samplePatient({ lastName: 'Константинопольская', firstName: 'Александра', middleName: 'Владимировна' }),
    samplePatient({ lastName: 'Nguye\u0302\u0303n'.normalize('NFC'), firstName: 'Thi' }),
  ];

  test('a table stands in columns and fits its width, with letters of one column, two or none', () => {
    const lines = patientTable(patients, view).split('\n');
    assert.ok(
      lines.every((line) => stringWidth(line) <= 80),
      lines.join('\n'),
    );
    const name = lines[0]?.indexOf('NAME') ?? 0;
    for (const line of lines) assert.match(line.slice(0, name), /^(?:(\S+ +){3}| +)$/);
    assert.match(lines.join(' '), /Wolfeschlegels/);
  });

  test('a card shows every field, and fits its width', () => {
    const card = patientCard(
      samplePatient({ lastName: 'a '.repeat(60).trim(), phone: '+493012345678' }),
      view,
    );
    assert.ok(
      card.split('\n').every((line) => stringWidth(line) <= 80),
      card,
    );
    const steering = samplePatient({ lastName: 'a\u001b[31mb', birthDate: '\u001b[2J' });
    assert.ok(!(patientCard(steering, view) + patientTable([steering], view)).includes('\u001b'));
    for (const value of ['a a a', '1990-05-14', 'female', '+493012345678'])
      assert.ok(card.includes(value), value);
    for (const label of ['Name', 'Born', 'Sex', 'Phone', 'ID', 'Version'])
      assert.match(card, new RegExp(`^${label} `, 'm'));
  });
});
