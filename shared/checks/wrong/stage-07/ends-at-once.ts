import { serveGracefully } from '../../../../stage-07-observability/src/app/serve-gracefully.ts';
import { main, type Wrong } from './base.ts';

/** Begins to end with the signal, whatever SHUTDOWN_DELAY_MS says. */
export const wrong: Wrong = { caughtBy: 'ready-turns-before-anything-ends' };

if (import.meta.main)
  await main({
    './serve-gracefully.ts': {
      serveGracefully: (open, say, endings) => serveGracefully(open, say, { ...endings, delayMs: 0 }),
    },
  });
