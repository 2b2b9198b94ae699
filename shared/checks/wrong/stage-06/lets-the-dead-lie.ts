import { main, runSchedule, type Wrong } from './base.ts';

const NEVER = 3_600_000;

/** Starts the schedule service once, and does not look after it. */
export const wrong: Wrong = { caughtBy: 'killed-schedule-service-comes-back' };

if (import.meta.main)
  await main({
    runSchedule: (stack, config) =>
      runSchedule(stack, config, { firstRestartMs: NEVER, longestRestartMs: NEVER }),
  });
