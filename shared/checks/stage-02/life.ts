import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../children.ts';
import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { commandLine, describeEnd, describeOutcome, type Program } from '../program.ts';
import { freePort, type Settings, usualSettings } from '../server.ts';
import { quoteWord } from '../words.ts';
import { type ApiCheck, type Desk, lesson, onlyPosix, PATIENTS } from './check.ts';
import { listBeside } from './command-line.ts';
import { expectNothingOfTheInside, isRecord, register } from './expectations.ts';
import { rareLetters, somebody } from './people.ts';
import { JSON_HEADERS, written } from './wire.ts';

/** How long a program that cannot start may take to say so. */
const REFUSAL_LIMIT = 15_000;
const KILLS = 4;

export interface Ending extends Exchange {
  outcome: Outcome;
  /** All that it said, without empty lines. */
  lines: string[];
}

/** Starts a server that is not expected to get far. */
export async function startAndWait({ storage }: Desk, program: Program, settings: Settings): Promise<Ending> {
  const env = await usualSettings({ ...storage, ...settings });
  const outcome = await program.start([], { env, timeLimit: REFUSAL_LIMIT }).outcome;
  const line = commandLine(program.command, env);
  return {
    outcome,
    lines: `${outcome.stdout}\n${outcome.stderr}`.split('\n').filter((each) => each.trim() !== ''),
    sent: line,
    received: describeOutcome(outcome),
    repeat: ['cd "$(mktemp -d)"', line, 'echo "exit code $?"'].join('\n'),
  };
}

/** A server with a connection that a client keeps open for later is asked to end. */
const endsBy = (signal: 'SIGINT' | 'SIGTERM') => async (desk: Desk) => {
  const server = await desk.start(await desk.createProgram());
  const api = desk.clientOf(server);
  await register(api);
  const idle = connect(server.port, '127.0.0.1', () => idle.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n'));
  idle.on('error', () => {});
  await once(idle, 'data');
  api.note(`kill -s ${signal.slice(3)} %1; wait %1; echo "exit code $?"`);
  const outcome = await server.stop(signal);
  idle.destroy();
  const sent = `${signal}, while a client keeps an idle connection open`;
  expect(
    outcome.exitCode === 0,
    'exit code 0 within some seconds',
    api.exchange(sent, describeOutcome(outcome)),
  );
};

export const life: ApiCheck[] = [
  {
    name: 'wrong-settings-exit-with-2',
    why: 'A server that starts on half of its settings is found out at the worst moment.',
    hint: 'Read all variables before anything else; for each wrong one print a line with its name, what it holds and what it wants, and exit with 2.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const secret = 'moon-lantern-417';
      for (const wrong of [{ PORT: '70000', LOG_LEVEL: 'loud' }, { PORT: 'http' }]) {
        const ending = await startAndWait(desk, program, { ...wrong, ADMIN_PASSWORD: secret });
        expect(ending.outcome.exitCode === 2, 'exit code 2', ending);
        for (const [name, value] of Object.entries(wrong)) {
          const lines = ending.lines.filter((line) => line.includes(name));
          expect(
            lines.length === 1 && lines[0]?.includes(value),
            `one line with ${name} and "${value}"`,
            ending,
          );
        }
        expectNothingOfTheInside(ending, ending.lines.join('\n'));
        expect(!ending.lines.join('\n').includes(secret), 'no other variable shown, and no secret', ending);
      }
    },
  },
  {
    name: 'used-port-is-one-line',
    why: 'It is the most common mistake of all, and a page of stack is no help with it.',
    hint: 'Catch the failure to listen, say in one line which port is taken, and exit with 1.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const port = await freePort();
      const other = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
      await once(other, 'listening');
      try {
        const ending = await startAndWait(desk, await desk.createProgram(), { PORT: String(port) });
        const listener = `require("node:net").createServer().listen(${port}, "127.0.0.1")`;
        const shown = {
          ...ending,
          sent: `${ending.sent}\nwhile another program listens on port ${port}`,
          repeat: ending.repeat
            .replace('\n', `\nnode -e ${quoteWord(listener)} & sleep 1\n`)
            .concat('\nkill %1'),
        };
        expect(ending.outcome.exitCode === 1, 'exit code 1', shown);
        expect(
          ending.lines.length === 1 && ending.lines[0]?.includes(String(port)),
          `one line that names port ${port}`,
          shown,
        );
      } finally {
        other.close();
      }
    },
  },
  {
    name: 'sigterm-ends-it-with-0',
    why: 'Every update of a server begins with this signal, and whoever sent it waits.',
    hint: 'On SIGTERM stop listening, let idle connections go, and exit with 0.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    skip: onlyPosix,
    run: endsBy('SIGTERM'),
  },
  {
    name: 'ctrl-c-ends-it-with-0',
    why: 'Ctrl-C is how everybody at a terminal ends a server, and it is no failure.',
    hint: 'Treat SIGINT as you treat SIGTERM.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    skip: onlyPosix,
    run: endsBy('SIGINT'),
  },
  {
    name: 'requests-in-flight-are-finished',
    why: 'Somebody pressed "register" just when the server was told to end, and must get an answer that is true.',
    hint: 'On SIGTERM take no new connections, but answer the requests that have begun before you exit.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    skip: onlyPosix,
    async run(desk) {
      const program = await desk.createProgram();
      const server = await desk.start(program);
      const api = desk.clientOf(server);
      const lastName = rareLetters();
      const body = JSON.stringify(somebody({ lastName }));
      const head = written(api, `POST ${PATIENTS}`, { ...JSON_HEADERS, 'Content-Length': body.length });
      // Half of the body goes before the signal, the rest after it.
      const talking = api.talk([head + body.slice(0, 40), { pause: 1_000 }, body.slice(40)], {
        patience: 8_000,
      });
      await sleep(500);
      const ending = server.stop('SIGTERM');
      const [heard, outcome] = [await talking, await ending];
      const exchange: Exchange = {
        sent: `${heard.sent}\nand in the pause SIGTERM`,
        received: `${heard.received}\nthe server: ${describeEnd(outcome)}`,
        repeat: api
          .exchange('', '')
          .repeat.replace(
            /^(node -e .*)$/m,
            '$1 &\nsleep 0.5; kill -s TERM %1; wait %1; echo "exit code $?"; wait',
          ),
      };
      expect(heard.statuses[0] === 201, 'an answer with 201', exchange);
      expect(outcome.exitCode === 0, 'exit code 0', exchange);
      const saved = await listBeside(desk, api, program, lastName);
      expect(saved.length === 1, 'the patient among those whom the command line lists', exchange);
    },
  },
  {
    name: 'kill-nine-keeps-what-was-acknowledged',
    why: 'A 201 is a promise, and power cuts come without a signal.',
    hint: 'Answer only when the record is safely on the disk: a temporary file, fsync, rename, and then the 201.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    alone: true,
    async run(desk) {
      const program = await desk.createProgram();
      const lastName = rareLetters();
      const acknowledged = new Set<string>();
      for (let round = 1; round <= KILLS; round++) {
        const server = await desk.start(program);
        const api = desk.clientOf(server);
        let stopped = false;
        // Four desks register one patient after the other, until nobody answers any more.
        const desks = Array.from({ length: 4 }, async () => {
          while (!stopped) {
            const { status, body } = await desk.clientOf(server).post(PATIENTS, somebody({ lastName }));
            if (status !== 201) return;
            if (isRecord(body) && typeof body.id === 'string') acknowledged.add(body.id);
          }
        });
        await sleep(150 + Math.random() * 250);
        server.child.kill();
        await server.child.outcome;
        stopped = true;
        await Promise.all(desks);
        if (round === KILLS) await expectWhole(desk, api, { program, lastName, acknowledged });
      }
    },
  },
];

/** What was acknowledged is there when the server is not: the command line tells, which refuses a torn file. */
async function expectWhole(
  desk: Desk,
  api: Client,
  {
    program,
    lastName,
    acknowledged,
  }: { program: Program; lastName: string; acknowledged: ReadonlySet<string> },
): Promise<void> {
  const { sent, repeat } = api.exchange(
    `POSTs from four clients, and kill -9 in the middle, ${KILLS} times`,
    '',
  );
  const [cd = '', start = '', ready = '', ...others] = repeat.split('\n');
  const login = others.filter((line) => line.includes('token.json'));
  const signed = login.length > 0 ? ' -H "Authorization: Bearer $token"' : '';
  const curl = `curl -sS -X POST${signed} -H 'Content-Type: application/json' --data-binary ${quoteWord(JSON.stringify(somebody({ lastName })))}`;
  const url = /http:\S+(?=\/health)/.exec(ready)?.[0] ?? '';
  const listing = ['--list', '--search', lastName, '--json'];
  const lines = [
    ...[
      cd,
      start,
      ready,
      ...login,
      'for n in {1..500}; do',
      `  ${curl} ${url}${PATIENTS} >> acknowledged.txt; echo >> acknowledged.txt`,
    ],
    ...['done 2> /dev/null &', 'sleep 0.5; kill -9 %1; wait %2', `grep -c '"id"' acknowledged.txt`],
    `${commandLine([...program.command, ...listing], desk.storage)} | grep -c '"id"'`,
  ];
  const exchange = (received: string): Exchange => ({ sent, received, repeat: lines.join('\n') });
  const present = new Set((await listBeside(desk, api, program, lastName)).map(({ id }) => id));
  expect(acknowledged.size > 0, 'some patients registered before the kill', exchange('no 201 at all'));
  const lost = [...acknowledged].filter((id) => !present.has(id));
  const losses = `${acknowledged.size} times 201, ${present.size} patients afterwards, and not these:\n${lost.slice(0, 5).join('\n')}`;
  expect(lost.length === 0, 'every patient whose 201 was read', exchange(losses));
}
