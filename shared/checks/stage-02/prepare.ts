import { type Client, createClient } from '../client.ts';
import type { Subject } from '../harness.ts';
import { preparePrograms } from '../program.ts';
import { type Server, type Settings, startServer } from '../server.ts';
import { createStory } from '../story.ts';
import type { Desk } from './check.ts';
import { isRecord } from './expectations.ts';

const EMPTY_FOLDER = 'cd "$(mktemp -d)"';

/** `storage` tells the programs of a stage where their data are. */
export async function prepareDesks(subject: Subject, stack: AsyncDisposableStack, storage: Desk['storage']) {
  const createProgram = await preparePrograms(subject, stack);
  // Started by the first check that wants one; when that fails, it has failed for all of them.
  const servers = new Map<string, Promise<Server>>();
  const shared = (settings: Settings = {}) => {
    const key = JSON.stringify(settings);
    const known = servers.get(key);
    if (known) return known;
    const started = createProgram().then((program) =>
      startServer(program, stack, { ...storage, ...settings }),
    );
    servers.set(key, started);
    return started;
  };

  return async (ofCheck: AsyncDisposableStack): Promise<Desk> => {
    const clientOf = ({ url, startLines }: Server) =>
      createClient(url, createStory(url, [EMPTY_FOLDER, ...startLines], ['kill $(jobs -p) 2> /dev/null']));
    return {
      storage,
      open: async (settings) => {
        if (subject.url !== undefined) return guest(subject.url, ofCheck);
        return clientOf(await shared(settings));
      },
      behind: shared,
      createProgram,
      start: (program, settings) => startServer(program, ofCheck, { ...storage, ...settings }),
      clientOf,
    };
  };
}

/** A client of somebody else's server: it takes away what it left there, the last thing first. */
function guest(url: string, stack: AsyncDisposableStack): Client {
  const client = createClient(url, createStory(url, [EMPTY_FOLDER], []));
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
