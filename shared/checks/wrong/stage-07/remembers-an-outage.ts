import { type CheckResult, createReadiness } from '@medcenter/stage-07-observability/transport/http';
import { main, type Wrong } from './base.ts';

/** Looks at the schedule service once. */
export const wrong: Wrong = { caughtBy: 'ready-sees-the-schedule-service-come-back' };

if (import.meta.main)
  await main({
    '../transport/http/index.ts': {
      createReadiness(options) {
        const { schedule } = options.checks;
        let known: Promise<CheckResult> | undefined;
        const once = async (): Promise<CheckResult> => {
          known ??= schedule?.();
          return (await known) ?? 'down';
        };
        return createReadiness({ ...options, checks: { ...options.checks, schedule: once } });
      },
    },
  });
