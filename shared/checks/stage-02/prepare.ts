import { type Client, createClient } from '../client.ts';
import type { Subject } from '../harness.ts';
import { preparePrograms } from '../program.ts';
import { type Server, type Settings, startServer } from '../server.ts';
import { createStory } from '../story.ts';
import { type Desk, PATIENTS } from './check.ts';
import { isRecord } from './expectations.ts';

const EMPTY_FOLDER = 'cd "$(mktemp -d)"';

export async function prepareDesks(subject: Subject, stack: AsyncDisposableStack) {
  const createProgram = await preparePrograms(subject, stack);
  // Started by the first check that wants one; when that fails, it has failed for all of them.
  const servers = new Map<string, Promise<Server>>();
  const shared = (settings: Settings = {}) => {
    const key = JSON.stringify(settings);
    const known = servers.get(key);
    if (known) return known;
    const started = createProgram().then((program) => startServer(program, stack, settings));
    servers.set(key, started);
    return started;
  };

  return async (ofCheck: AsyncDisposableStack): Promise<Desk> => {
    const clientOf = ({ url, startLines }: Server) =>
      createClient(url, createStory(url, [EMPTY_FOLDER, ...startLines], ['kill $(jobs -p) 2> /dev/null']));
    return {
      open: async (settings) => {
        if (subject.url !== undefined) return guest(subject.url, ofCheck);
        return clientOf(await shared(settings));
      },
      behind: shared,
      createProgram,
      start: (program, settings) => startServer(program, ofCheck, settings),
      clientOf,
    };
  };
}

/** A client of somebody else's server: it takes away whom it registered. */
function guest(url: string, stack: AsyncDisposableStack): Client {
  const client = createClient(url, createStory(url, [EMPTY_FOLDER], []));
  const registered = new Set<string>();
  const remember = (text: string) => {
    const body: unknown = parseRecord(text);
    if (isRecord(body) && typeof body.id === 'string') registered.add(body.id);
  };
  stack.defer(async () => {
    for (const id of registered) await client.delete(`${PATIENTS}/${encodeURIComponent(id)}`);
  });
  const together: Client['together'] = async (calls) => {
    const replies = await client.together(calls);
    for (const { call, status, text } of replies) if (call.method === 'POST' && status < 300) remember(text);
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

function parseRecord(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
