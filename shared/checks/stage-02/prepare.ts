import { type Client, createClient } from '../client.ts';
import type { Subject } from '../harness.ts';
import { type Program, preparePrograms } from '../program.ts';
import { type Server, type Settings, startServer } from '../server.ts';
import { type SignedIn, signIn } from '../sign-in.ts';
import { createStory } from '../story.ts';
import type { Desk } from './check.ts';
import { isRecord } from './expectations.ts';

const EMPTY_FOLDER = 'cd "$(mktemp -d)"';
const CLOSING = ['kill $(jobs -p) 2> /dev/null'];

/** What one program is told in place of its settings, by its folder and by where its data are. */
export type OwnSettings = (program: Program, settings: Settings) => Settings;

/**
 * `storage` tells the programs of a stage where their data are. With an `ADMIN_PASSWORD` in it, from stage 4 on, each
 * server is signed in to once, and its clients show the token wherever a call does not say otherwise.
 */
export async function prepareDesks(
  subject: Subject,
  stack: AsyncDisposableStack,
  storage: Desk['storage'],
  ownSettings: OwnSettings = () => ({}),
) {
  const createProgram = await preparePrograms(subject, stack);
  const sessions = new WeakMap<Server, SignedIn>();

  const start = async (
    [program, ofServer]: readonly [Parameters<Desk['start']>[0], AsyncDisposableStack],
    settings: Settings = {},
    { signIn: isWanted = true } = {},
  ) => {
    const told: Settings = { ...storage, ...settings };
    const env: Settings = { ...told, ...ownSettings(program, told) };
    const server = await startServer(program, ofServer, env);
    const password = env.ADMIN_PASSWORD;
    if (!isWanted || !password) return server;
    const account = { username: subject.account?.username ?? 'admin', password };
    const opening = [EMPTY_FOLDER, ...server.startLines];
    sessions.set(server, await signIn(server.url, account, { opening }));
    return server;
  };

  // Started by the first check that wants one; when that fails, it has failed for all of them.
  const servers = new Map<string, Promise<Server>>();
  const shared = (settings: Settings = {}) => {
    const key = JSON.stringify(settings);
    const known = servers.get(key);
    if (known) return known;
    const started = createProgram().then((program) => start([program, stack], settings));
    servers.set(key, started);
    return started;
  };

  const clientOf = (server: Server) => {
    const session = sessions.get(server);
    const opening = [EMPTY_FOLDER, ...server.startLines, ...(session?.lines ?? [])];
    const story = createStory(server.url, opening, CLOSING, session ? [session.gain] : []);
    return createClient(server.url, story, session?.token);
  };

  let theirs: Promise<SignedIn | undefined> | undefined;
  const signInThere = async (url: string) => {
    if (!subject.account) return undefined;
    return signIn(url, subject.account, { opening: [EMPTY_FOLDER], isTheirs: true });
  };

  return async (ofCheck: AsyncDisposableStack): Promise<Desk> => ({
    storage,
    open: async (settings) => {
      if (subject.url === undefined) return clientOf(await shared(settings));
      theirs ??= signInThere(subject.url);
      return guest(subject.url, ofCheck, await theirs);
    },
    behind: shared,
    createProgram,
    start: (program, settings, options) => start([program, ofCheck], settings, options),
    clientOf,
  });
}

/** A client of somebody else's server: it takes away what it left there, the last thing first. */
function guest(url: string, stack: AsyncDisposableStack, session: SignedIn | undefined): Client {
  const opening = [EMPTY_FOLDER, ...(session?.lines ?? [])];
  const story = createStory(url, opening, [], session ? [session.gain] : []);
  const client = createClient(url, story, session?.token);
  const left = new Set<string>();
  stack.defer(async () => {
    for (const path of [...left].reverse()) await takeAway(client, path);
  });
  const together: Client['together'] = async (calls) => {
    const replies = await client.together(calls);
    for (const { call, status, body } of replies) {
      if (call.method === 'POST' && status < 300 && isRecord(body) && typeof body.id === 'string')
        left.add(`${call.path}/${encodeURIComponent(body.id)}`);
    }
    return replies;
  };
  const send: Client['send'] = async (call) => {
    const [reply] = await together([call]);
    if (!reply) throw new Error('one call has one reply');
    return reply;
  };
  return {
    ...client,
    together,
    send,
    post: (path, body, headers) => send({ method: 'POST', path, body, headers }),
  };
}

/** An appointment stays for the record, and can be cancelled; whoever has none that is live can go. */
async function takeAway(client: Client, path: string): Promise<void> {
  if (path.startsWith('/api/v1/appointments/')) {
    await client.patch(path, { status: 'cancelled', cancellationReason: 'It was made by a check.' });
  } else await client.delete(path);
}
