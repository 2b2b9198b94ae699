import { serveGracefully } from '../../../../stage-07-observability/src/app/serve-gracefully.ts';
import { main, type Wrong } from './base.ts';

const NEVER = 3_600_000;

/** Waits for the last request, however long that takes. */
export const wrong: Wrong = { caughtBy: 'hung-request-meets-the-hard-end' };

if (import.meta.main)
  await main({
    './serve-gracefully.ts': {
      serveGracefully: (open, say, endings) => serveGracefully(open, say, { ...endings, timeoutMs: NEVER }),
    },
  });
