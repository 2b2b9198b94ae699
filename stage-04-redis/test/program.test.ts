import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import { createClient, samplePatient, samplePatientInput } from './contracts/index.ts';
import { ADMIN_PASSWORD, EMBEDDED, PROFILES, signIn } from './support.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const PASSWORD = 'tea at half past four';

/** The program as a process; its address is read from what it says. */
async function startServer(t: TestContext, env: Record<string, string>) {
  const child = startProgram(t, MAIN, [], { cwd: await createFolder(t), env, timeoutMs: 60_000 });
  child.stdout?.resume();
  let said = '';
  for await (const chunk of child.stderr?.setEncoding('utf8') ?? []) {
    said += chunk;
    const [, url] = /(http:\/\/[\d.:]+)\/api/.exec(said) ?? [];
    if (url) return { url, child, said };
  }
  throw new Error(`the server did not start: ${said}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'exit');
  child.kill(signal);
  const [code] = await closed;
  return code;
}

for (const profile of PROFILES) {
  suite(`the program, ${profile.name}`, profile.suite, () => {
    test('says what serves it, without a secret, and ends on SIGTERM with exit code 0', async (t) => {
      const env = await profile.environment(t);
      const { child, said } = await startServer(t, env);
      assert.match(said, /^storage: .+\ncache: .+\nsessions: .+\nAPI: /);
      for (const url of [env.DATABASE_URL, env.REDIS_URL]) {
        const { password } = URL.parse(url ?? '') ?? {};
        if (password) assert.ok(!said.includes(password));
      }
      assert.ok(!said.includes(ADMIN_PASSWORD));
      assert.equal(await end(child, 'SIGTERM'), 0);
    });

    test('as two processes: a session of one holds in the other, and is ended in both at once', async (t) => {
      const env = await profile.environment(t);
      const one = await startServer(t, env);
      const other = await startServer(t, env);
      const client = await signIn(one.url);
      const there = createClient(other.url, { authorization: `Bearer ${client.token}` });
      assert.equal((await there.send('GET', '/api/v1/patients')).status, 200);
      assert.equal((await client.send('POST', '/auth/logout')).status, 204);
      for (const each of [client, there])
        assert.equal((await each.send('GET', '/api/v1/patients')).status, 401);
    });

    test('as two processes: what one changes, or the command line, the other shows at once', async (t) => {
      const env = await profile.environment(t);
      const [one, other] = [await startServer(t, env), await startServer(t, env)];
      const [here, there] = [await signIn(one.url), await signIn(other.url)];
      const { body } = await here.send('POST', '/api/v1/patients', samplePatientInput());
      const path = `/api/v1/patients/${body.id}`;
      for (let round = 1; round <= 20; round++) {
        const phone = `+4930123456${round}`;
        await Promise.all([here.send('GET', path), there.send('GET', path)]);
        await (round % 2 ? here : there).send('PUT', path, samplePatientInput({ phone }));
        const answers = await Promise.all([here.send('GET', path), there.send('GET', path)]);
        assert.deepEqual(
          answers.map((answer) => answer.body.phone),
          [phone, phone],
        );
      }
      const cwd = await createFolder(t);
      const changed = await runProgram(t, MAIN, ['--update', body.id, '--phone', ''], { cwd, env });
      assert.equal(changed.exitCode, 0, changed.stderr);
      const answers = await Promise.all([here.send('GET', path), there.send('GET', path)]);
      assert.deepEqual(
        answers.map((answer) => answer.body.phone),
        [undefined, undefined],
      );
      const audit = await here.send('GET', `/api/v1/audit?patientId=${body.id}&limit=100`);
      const byHand = audit.body.items.find(({ username = '' }) => username.startsWith('cli:'));
      assert.equal(byHand?.action, 'update');
    });

    test('accounts are added, listed, given a new password and removed by the command line', async (t) => {
      const env = await profile.environment(t);
      const { url } = await startServer(t, env);
      const cwd = await createFolder(t);
      const user = (args: string[], input = '') =>
        runProgram(t, MAIN, ['user', ...args], { cwd, env, input });

      const added = await user(
        ['add', '--username', 'Anna', '--role', 'receptionist'],
        `${PASSWORD}\nmore\n`,
      );
      assert.deepEqual([added.exitCode, added.stdout], [0, ''], added.stderr);
      const anna = await signIn(url, 'anna', PASSWORD);
      const listed = await user(['list', '--json']);
      const accounts: { username: string; role: string }[] = JSON.parse(listed.stdout);
      assert.deepEqual(
        accounts.map(({ username, role }) => [username, role]),
        [
          ['admin', 'admin'],
          ['anna', 'receptionist'],
        ],
      );
      for (const text of [(await user(['list'])).stdout, listed.stdout]) {
        assert.ok(text.includes('anna') && !text.includes('scrypt') && !text.includes(PASSWORD));
      }

      const changed = await user(['password', '--username', 'anna'], 'a new one, and longer\n');
      assert.equal(changed.exitCode, 0, changed.stderr);
      assert.equal((await anna.send('GET', '/api/v1/patients')).status, 401);
      const again = await signIn(url, 'anna', 'a new one, and longer');

      assert.equal((await user(['remove', '--username', 'anna'])).exitCode, 0);
      assert.equal((await again.send('GET', '/api/v1/patients')).status, 401);
      await assert.rejects(signIn(url, 'anna', 'a new one, and longer'));
    });
  });
}

suite('the program', () => {
  test('makes up the password of the first account, shows it at the first start, and never again', async (t) => {
    const { ADMIN_PASSWORD: _, ...env } = await EMBEDDED.environment(t);
    const first = await startServer(t, env);
    const [, password = ''] = /^first account: admin, password (\S+) /m.exec(first.said) ?? [];
    assert.ok(password.length >= 20);
    await signIn(first.url, 'admin', password);
    await end(first.child, 'SIGTERM');
    const second = await startServer(t, env);
    assert.doesNotMatch(second.said, /first account/);
    await end(second.child, 'SIGTERM');
    const third = await startServer(t, { ...env, ADMIN_PASSWORD });
    assert.match(third.said, /^ADMIN_PASSWORD: not used/m);
    assert.ok(!third.said.includes(ADMIN_PASSWORD));
    await signIn(third.url, 'admin', password);
  });

  test('makes no account that nobody can use when the port is taken', async (t) => {
    const { ADMIN_PASSWORD: _, ...env } = await EMBEDDED.environment(t);
    const other = createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const cwd = await createFolder(t);
    // Also where sessions could not be ended again.
    for (const REDIS_URL of ['', 'redis://127.0.0.1:1']) {
      const failed = await runProgram(t, MAIN, [], { cwd, env: { ...env, REDIS_URL, PORT: String(port) } });
      assert.deepEqual([failed.exitCode, failed.stderr.includes('Another program listens')], [1, true]);
    }
    assert.match((await startServer(t, env)).said, /^first account: admin, password \S+ /m);
  });

  test('refuses what is wrong in a user command, and says how it is right', async (t) => {
    const env = await EMBEDDED.environment(t);
    const cwd = await createFolder(t);
    const user = (args: string, input = '') =>
      runProgram(t, MAIN, ['user', ...args.split(' ').filter(Boolean)], { cwd, env, input });
    for (const { args, input, exitCode, says } of [
      {
        args: 'add --username a!b --role boss',
        input: 'short',
        exitCode: 1,
        says: /--username .*\n.*--role .*\n.*the password has 5/,
      },
      {
        args: 'add --username anna --role doctor',
        input: '',
        exitCode: 1,
        says: /the password was not given/,
      },
      { args: 'password --username nobody', input: PASSWORD, exitCode: 1, says: /no account "nobody"/ },
      { args: 'remove --username nobody', input: '', exitCode: 1, says: /no account "nobody"/ },
      { args: 'add --username anna', input: PASSWORD, exitCode: 2, says: /role/ },
      {
        args: 'add --username anna --username bea --role admin',
        input: PASSWORD,
        exitCode: 2,
        says: /twice/,
      },
      {
        args: `add --username anna --role admin --password ${'x'.repeat(12)}`,
        input: '',
        exitCode: 2,
        says: /password/,
      },
      { args: '', input: '', exitCode: 2, says: /user wants add, list, remove or password/ },
      { args: 'rename', input: '', exitCode: 2, says: /rename/ },
    ]) {
      const result = await user(args, input);
      assert.deepEqual([result.exitCode, result.stdout], [exitCode, ''], `${args}: ${result.stderr}`);
      assert.match(result.stderr, says, args);
    }
    assert.deepEqual(JSON.parse((await user('list --json')).stdout), []);
  });

  test('asks for a password at a terminal, twice, and shows none', { skip: canScript() }, async (t) => {
    const env = await EMBEDDED.environment(t);
    const cwd = await createFolder(t);
    // script(1) gives the program a terminal, and passes on what is shown there.
    const command = `${process.execPath} ${MAIN} user add --username anna --role admin`;
    const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
      cwd,
      env: { ...env, PATH: process.env.PATH },
      input: `${PASSWORD}\n${PASSWORD}\n`,
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /Password: .*Again: .*Added anna, admin\./s);
  });

  test('reads and changes patients by the command line, with a line in the audit for each', async (t) => {
    const env = await EMBEDDED.environment(t);
    const cwd = await createFolder(t);
    const run = (...args: string[]) => runProgram(t, MAIN, args, { cwd, env });
    const flags = [
      '--last-name',
      'Okafor',
      '--first-name',
      'Ada',
      '--birth-date',
      '1990-05-14',
      '--sex',
      'female',
    ];
    const { id } = JSON.parse((await run('--add', '--json', ...flags)).stdout);
    await run('--find-by-id', id);
    await run('--list');
    await run('--delete', id);
    const { url } = await startServer(t, env);
    const { body } = await (await signIn(url)).send('GET', `/api/v1/audit?patientId=${id}`);
    assert.deepEqual(
      body.items.map(({ action }: { action: string }) => action),
      ['delete', 'read', 'read', 'create'],
    );
    assert.equal((await run('--find-by-id', samplePatient().id)).exitCode, 1);
  });

  test('names what its variables want, and shows no secret', async (t) => {
    const cwd = await createFolder(t);
    const env = {
      REDIS_URL: 'http://hush@127.0.0.1',
      ADMIN_PASSWORD: 'hush hush',
      SESSION_TTL_SECONDS: '0',
      CACHE_TTL_SECONDS: 'soon',
      PASSWORD_HASH_COST: '9',
    };
    const { stderr, exitCode } = await runProgram(t, MAIN, [], { cwd, env });
    assert.equal(exitCode, 2);
    for (const name of Object.keys(env))
      assert.match(stderr, new RegExp(`^${name} holds .*, and wants `, 'm'));
    assert.ok(!stderr.includes('hush'));
  });
});

function canScript(): string | false {
  const { error } = spawnSync('script', ['--version']);
  return error ? 'there is no script(1) on this machine to give the program a terminal' : false;
}
