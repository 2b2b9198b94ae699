import type { LeaseCache } from '@medcenter/stage-06-grpc/cache';
import type { Span, SpanKind, Tracing } from '../observability/index.ts';

/**
 * The cache, with a span for each call that is made in the course of another span. It tells of what kind of record the
 * call was, and what a look has found; never the key, nor what stands there.
 */
export function withCacheSpans(cache: LeaseCache, tracing: Tracing, kind: SpanKind = 'internal'): LeaseCache {
  if (cache.longestLifeMs === 0) return cache; // There is none: each call would be a failure that is none.
  const traced = <T>(call: string, key: string, work: (span?: Span) => Promise<T>): Promise<T> => {
    if (!tracing.ids()) return work();
    return tracing.span(`cache ${call}`, { kind, attributes: { 'cache.key.kind': kindOf(key) } }, work);
  };
  return {
    ...cache,
    look: (key, lease) =>
      traced('look', key, async (span) => {
        const look = await cache.look(key, lease);
        span?.set({ 'cache.result': look.found });
        return look;
      }),
    fill: (key, ...rest) => traced('fill', key, () => cache.fill(key, ...rest)),
    hold: (key, holder) => traced('hold', key, () => cache.hold(key, holder)),
    release: (key, holder) => traced('release', key, () => cache.release(key, holder)),
  };
}

/** What stands before the first colon: `patient`. */
function kindOf(key: string): string {
  return /^[a-z]+(?=:)/.exec(key)?.[0] ?? 'other';
}
