import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite, type TestContext, test } from 'node:test';
import { createFolder } from '@medcenter/shared/testing';
import { createConsoleNotifier, createFileNotifier, openMailNotifier } from '../src/events/index.ts';

const REMINDER = {
  appointmentId: '0199d1f2-0000-7000-8000-000000000001',
  version: 2,
  patientId: '0199d1f2-0000-7000-8000-000000000002',
  doctorId: '0199d1f2-0000-7000-8000-000000000003',
  startsAt: '2027-03-01T09:00:00.000Z',
  dueAt: '2027-02-28T09:00:00.000Z',
};
const MESSAGE_ID = `reminder-${REMINDER.appointmentId}-2`;

/** As much of a mail server as a mail needs: RFC 5321, section 4.1. */
async function startMailServer(t: TestContext) {
  const mails: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 here\r\n');
    let mail: string | undefined;
    createInterface({ input: socket }).on('line', (line) => {
      if (mail === undefined) {
        if (line === 'DATA') mail = '';
        socket.write(line === 'DATA' ? '354 go on\r\n' : line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
      } else if (line === '.') {
        mails.push(mail);
        mail = undefined;
        socket.write('250 kept\r\n');
      } else mail += `${line}\n`;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  return { url: `smtp://127.0.0.1:${port}`, mails };
}

suite('a notifier', () => {
  test('writes a line of JSON for each reminder into a file that is for its owner alone', async (t) => {
    const file = join(await createFolder(t), 'new', 'reminders.jsonl');
    const notifier = createFileNotifier(file);
    await Promise.all([notifier.send(REMINDER), notifier.send(REMINDER)]);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const wanted = { messageId: MESSAGE_ID, ...REMINDER };
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [wanted, wanted],
    );
    if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  test('tells the log', async () => {
    const said: object[] = [];
    await createConsoleNotifier((fields) => said.push(fields)).send(REMINDER);
    assert.deepEqual(said, [{ messageId: MESSAGE_ID, ...REMINDER }]);
  });

  test('mails the desk, under the same message id each time; who it is about is not in it', async (t) => {
    const { url, mails } = await startMailServer(t);
    const notifier = await openMailNotifier({
      url,
      from: 'medcenter@clinic.example',
      to: 'desk@clinic.example',
    });
    await notifier.send(REMINDER);
    await notifier.send(REMINDER);
    notifier.close();
    assert.equal(mails.length, 2);
    for (const mail of mails) {
      assert.match(mail, new RegExp(`^Message-ID: <${MESSAGE_ID}@medcenter>$`, 'm'));
      assert.match(mail, /^To: desk@clinic\.example$/m);
      assert.ok(mail.includes(REMINDER.startsAt) && !mail.includes(REMINDER.patientId));
    }
  });

  test('fails when no mail server is there', async (t) => {
    const { url } = await startMailServer(t);
    const closed = url.replace(/\d+$/, '1');
    const notifier = await openMailNotifier({
      url: closed,
      from: 'a@clinic.example',
      to: 'b@clinic.example',
    });
    await assert.rejects(notifier.send(REMINDER));
    notifier.close();
  });
});
