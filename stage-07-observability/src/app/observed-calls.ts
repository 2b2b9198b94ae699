import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '../domain/index.ts';
import { actorIn } from '@medcenter/stage-06-grpc/app';
import { type Caller, statusOf } from '../transport/grpc/index.ts';
import { status } from '@grpc/grpc-js';
import type { Observability } from './open-observability.ts';

/** For whom a call is served, and until when. */
export interface CurrentCall extends Actor, Pick<Caller, 'signal'> {}

/**
 * Runs the work of a call: in a span that goes on where the caller's ended, in the caller's name, and with a line in the
 * log when it is over.
 */
export function observedCalls(
  current: AsyncLocalStorage<CurrentCall>,
  { tracing, logger }: Pick<Observability, 'tracing' | 'logger'>,
) {
  return <T>({ method, metadata, signal }: Caller, work: () => T): T => {
    const [, service = '', name = ''] = method.split('/');
    const options = {
      kind: 'server',
      parent: metadata,
      attributes: { 'rpc.system.name': 'grpc', 'rpc.service': service, 'rpc.method': name },
    } as const;
    const begun = performance.now();
    const end = (code: string) => {
      const ms = Math.round((performance.now() - begun) * 10) / 10;
      logger.info({ method, code, ms }, 'call');
    };
    return tracing.span(`${service}/${name}`, options, () =>
      current.run({ ...actorIn(metadata), signal }, () => {
        logger.debug({ method }, 'call begins');
        const result = work();
        if (result instanceof Promise) {
          result.then(
            () => end(signal.aborted ? 'CANCELLED' : 'OK'),
            (error: unknown) =>
              end(signal.aborted ? 'CANCELLED' : (status[statusOf(error).code] ?? 'UNKNOWN')),
          );
        }
        return result;
      }),
    );
  };
}
