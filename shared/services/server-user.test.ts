import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { createFolder } from '../testing/index.ts';
import { needsPostgres } from '../testing/postgres.ts';
import { reachPostgresPrograms } from './postgres-programs.ts';
import { readRecord } from './record.ts';
import { canReach, findServerUser } from './server-user.ts';
import { createLauncher } from './testing.ts';

const asRoot = { skip: process.getuid?.() !== 0 && 'only root lends the server another user' };

test('anybody but root runs the server as themselves, and reaches what is theirs', (t) => {
  const { getuid } = process;
  t.after(() => Object.assign(process, { getuid }));
  process.getuid = () => 1234;
  assert.equal(findServerUser(), undefined);
  assert.ok(canReach(undefined, '/closed'));
});

suite('where the clone of root is closed to the user of the server', asRoot, () => {
  test('it can reach what every folder on the way lets pass', async (t) => {
    const folder = await createFolder(t);
    const user = findServerUser();
    assert.notEqual(user?.uid, 0);
    assert.ok(!canReach(user, folder));
    chmodSync(folder, 0o711);
    assert.ok(canReach(user, folder));
  });

  test('the programs are copied to where it can start them, once', async (t) => {
    const closed = await createFolder(t);
    const open = await createFolder(t);
    chmodSync(open, 0o711);
    mkdirSync(join(closed, 'bin'));
    writeFileSync(join(closed, 'bin', 'postgres'), '');
    const copy = reachPostgresPrograms(findServerUser(), open, closed);
    assert.ok(copy.startsWith(open));
    assert.ok(existsSync(join(copy, 'bin', 'postgres')) && canReach(findServerUser(), join(copy, 'bin')));
    writeFileSync(join(copy, 'kept'), '');
    assert.equal(reachPostgresPrograms(findServerUser(), open, closed), copy);
    assert.ok(existsSync(join(copy, 'kept')));
  });

  test(
    'the data lie below the temporary folder, it is said, and they are found again',
    needsPostgres(),
    async (t) => {
      const { root, lines, run } = createLauncher(t);
      chmodSync(root, 0o700);
      assert.equal(await run('up'), 0);
      const { folder = '' } = readRecord(root, 'postgres') ?? {};
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      assert.ok(!folder.startsWith(root));
      assert.ok(lines.some((line) => line.includes(`${folder}, which the system may empty`)));
      assert.equal(await run('restart'), 0);
      assert.equal(readRecord(root, 'postgres')?.folder, folder);
      assert.equal(await run('down'), 0);
    },
  );
});
