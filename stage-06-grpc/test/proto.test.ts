import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder } from '@medcenter/shared/testing';

const STAGE = fileURLToPath(new URL('..', import.meta.url));
const BUF = fileURLToPath(import.meta.resolve('@bufbuild/buf/bin/buf'));
/** Where `buf generate` finds protoc-gen-es. */
const PLUGINS = join(
  dirname(fileURLToPath(import.meta.resolve('@bufbuild/protoc-gen-es/package.json'))),
  'bin',
);
const GENERATED = 'src/transport/grpc/generated';
const SCHEDULE = 'proto/medcenter/schedule/v1/schedule.proto';
const PUBLISHED = 'proto/published.txtpb';

/** Runs buf in a folder; everything it wants is here, nothing comes from the network. */
async function buf(t: TestContext, folder: string, ...args: string[]) {
  const cache = await createFolder(t);
  const path = [PLUGINS, dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, XDG_CACHE_HOME: cache };
  return new Promise<{ exitCode: number; said: string }>((resolve) => {
    execFile(
      process.execPath,
      [BUF, ...args],
      { cwd: folder, env, timeout: 60_000 },
      (error, stdout, stderr) =>
        resolve({ exitCode: error ? Number(error.code ?? -1) : 0, said: `${stdout}${stderr}` }),
    );
  });
}

/** What buf works on, as a copy that a test may change. */
async function createCopy(t: TestContext): Promise<string> {
  const folder = await createFolder(t);
  for (const name of ['proto', 'buf.yaml', 'buf.gen.yaml']) {
    await cp(join(STAGE, name), join(folder, name), { recursive: true });
  }
  return folder;
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  const texts = await Promise.all(
    paths.sort().map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')]),
  );
  return Object.fromEntries(texts);
}

const clean = { exitCode: 0, said: '' };

suite('the .proto files', () => {
  test('are as buf lint wants them', async (t) => {
    assert.deepEqual(await buf(t, STAGE, 'lint'), clean);
  });

  test('are as buf format writes them', async (t) => {
    assert.deepEqual(await buf(t, STAGE, 'format', '--diff', '--exit-code'), clean);
  });

  test('break nothing that is published', async (t) => {
    assert.deepEqual(await buf(t, STAGE, 'breaking', '--against', PUBLISHED), clean);
  });

  test('are what the generated code was made of', async (t) => {
    const copy = await createCopy(t);
    assert.deepEqual(await buf(t, copy, 'generate'), clean);
    assert.deepEqual(await filesIn(join(copy, GENERATED)), await filesIn(join(STAGE, GENERATED)));
  });

  const breaks: [what: string, from: string | RegExp, to: string, finding: RegExp][] = [
    ['a field has another number', 'string to_date = 3;', 'string to_date = 4;', /field "3"/],
    ['a field has another type', 'int32 slot_minutes = 3;', 'string slot_minutes = 3;', /changed.*type/],
    ['a field has another name', 'string from_date = 2;', 'string first_date = 2;', /changed.*name/],
    [
      'a method is gone',
      /\n {2}\/\/ Books a slot[\s\S]*?returns \(BookSlotResponse\);/,
      '',
      /RPC "BookSlot"/,
    ],
    [
      'an enum value is gone',
      'APPOINTMENT_STATUS_NOSHOW = 5;',
      'APPOINTMENT_STATUS_AWAY = 6;',
      /enum value "5"/,
    ],
    ['a stream is none any more', 'returns (stream ', 'returns (', /server streaming/],
  ];
  for (const [what, from, to, finding] of breaks) {
    test(`buf breaking says so when ${what}`, async (t) => {
      const copy = await createCopy(t);
      const path = join(copy, SCHEDULE);
      const before = await readFile(path, 'utf8');
      const after = before.replace(from, to);
      assert.ok(after !== before, 'nothing was planted');
      await writeFile(path, after);
      const { exitCode, said } = await buf(t, copy, 'breaking', '--against', PUBLISHED);
      assert.equal(exitCode, 100, said);
      assert.match(said, finding);
    });
  }

  test('buf breaking lets a new field and a new method in', async (t) => {
    const copy = await createCopy(t);
    const path = join(copy, SCHEDULE);
    const before = await readFile(path, 'utf8');
    const more = before
      .replace('string to_date = 3;', 'string to_date = 3;\n  optional int32 limit = 4;')
      .replace(
        'rpc BookSlot(',
        'rpc GetAnotherSchedule(GetScheduleRequest) returns (GetScheduleResponse);\n  rpc BookSlot(',
      );
    await writeFile(path, more);
    assert.deepEqual(await buf(t, copy, 'breaking', '--against', PUBLISHED), clean);
  });
});
