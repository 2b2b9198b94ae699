import { main, type Wrong } from './base.ts';

/** Was once asked to show the appointments on a screen in the hall. */
export const wrong: Wrong = { caughtBy: 'nobody-gets-in-without-a-token' };

if (import.meta.main) await main({ rules: (rules) => ({ ...rules, 'GET /api/v1/appointments': 'anybody' }) });
