import { connectAccessRules } from '@medcenter/stage-06-grpc/transport/grpc';
import { main, type Wrong } from './base.ts';

/** Locks /api, and lets everybody in by the other door. */
export const wrong: Wrong = { caughtBy: 'connect-door-wants-a-session' };

if (import.meta.main)
  await main({
    rules: (rules) => ({
      ...rules,
      ...Object.fromEntries(Object.keys(connectAccessRules).map((route) => [route, 'anybody' as const])),
    }),
  });
