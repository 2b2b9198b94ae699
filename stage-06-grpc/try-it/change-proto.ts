// Plants a change in a copy of the contract, and asks buf whether clients that have the published one can live with it:
// the name of a change.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STAGE = join(import.meta.dirname, '..');
const BUF = fileURLToPath(import.meta.resolve('@bufbuild/buf/bin/buf'));

const CHANGES: Readonly<Record<string, readonly [from: string, to: string]>> = {
  renumber: ['string to_date = 3;', 'string to_date = 4;'],
  rename: ['string to_date = 3;', 'string last_date = 3;'],
  retype: ['int32 slot_minutes = 3;', 'int64 slot_minutes = 3;'],
  add: ['string to_date = 3;', 'string to_date = 3;\n  // So many at the most.\n  optional int32 limit = 4;'],
};

const [from, to] = CHANGES[process.argv[2] ?? ''] ?? [];
if (from === undefined || to === undefined) {
  console.log(`Name a change: ${Object.keys(CHANGES).join(', ')}.`);
  process.exit(2);
}
const copy = mkdtempSync(join(tmpdir(), 'change-proto-'));
try {
  for (const name of ['proto', 'buf.yaml']) cpSync(join(STAGE, name), join(copy, name), { recursive: true });
  const file = join(copy, 'proto/medcenter/schedule/v1/schedule.proto');
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
  console.log(`- ${from}\n+ ${to}`);
  const args = [BUF, 'breaking', '--against', 'proto/published.txtpb'];
  const { status } = spawnSync(process.execPath, args, { cwd: copy, stdio: 'inherit' });
  if (status === 0) console.log('Nothing is broken.');
  process.exitCode = status === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
