import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { somebody } from '../stage-03/people.ts';
import { PATIENTS, READY } from './check.ts';

/** What became of one request. */
interface Ending {
  status: number;
  /** The server wants no further request on this connection. */
  isLast: boolean;
  failure?: string;
}

export interface Load {
  /** How many were answered until now. */
  answered(): number;
  /** Waits until no connection is left. Gives what got no good answer. */
  ended: Promise<string[]>;
  /** The statuses that the probe has had, one after the other, without repeats. */
  probed: readonly number[];
}

const LANES = 8;
/** Nobody sends for longer than this. */
const LONGEST = 15_000;

function ask(
  agent: Agent,
  url: string,
  { method, headers, body }: { method: string; headers: Client['headers']; body?: string },
) {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const outgoing = request(url, { agent, method, headers: { ...headers, ...type } }, (response) => {
    const { statusCode: status = 0, headers: told } = response;
    response
      .on('error', (error) => resolve({ status, isLast: true, failure: error.message }))
      .on('end', () => resolve({ status, isLast: told.connection === 'close' }))
      .resume();
  });
  outgoing.on('error', (error) => resolve({ status: 0, isLast: true, failure: error.message }));
  outgoing.end(body);
  return promise;
}

/**
 * Sends as a load balancer does: on connections that are kept, one request after the other on each. Once the probe
 * says 503 it opens no new ones, and sends on those that it has until it is told on each that this was the last.
 */
export function sendOn(api: Client): Load {
  const { url, headers } = api;
  const lost: string[] = [];
  const probed: number[] = [];
  let answered = 0;
  let isLeaving = false;
  const deadline = performance.now() + LONGEST;

  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let n = lane; performance.now() < deadline; n++) {
      const [method, path, body] =
        n % 4 === 0
          ? (['POST', PATIENTS, JSON.stringify(somebody())] as const)
          : (['GET', `${PATIENTS}?limit=2`, undefined] as const);
      const ending = await ask(agent, url + path, { method, headers, ...(body !== undefined && { body }) });
      if (ending.status === 200 || ending.status === 201) answered++;
      else lost.push(`${method} ${path}: ${ending.failure ?? `status ${ending.status}`}`);
      if (ending.failure !== undefined || (ending.isLast && isLeaving)) break;
    }
    agent.destroy();
  });

  const probing = async () => {
    const agent = new Agent({ keepAlive: false });
    while (!isLeaving && performance.now() < deadline) {
      const { status } = await ask(agent, url + READY, { method: 'GET', headers: {} });
      if (status !== probed.at(-1)) probed.push(status);
      isLeaving = status !== 200;
      await sleep(20);
    }
  };
  const ended = Promise.all([probing(), ...lanes]).then(() => lost);
  return { answered: () => answered, ended, probed };
}
