import { DomainError, RateLimited } from '@medcenter/stage-04-redis/domain';
import { main, type Wrong } from './base.ts';

/** Looks at the count first and adds to it last: who comes meanwhile is not counted. */
export const wrong: Wrong = { caughtBy: 'twenty-tries-at-once-are-five-tries' };

const failures = new Map<string, number>();

if (import.meta.main)
  await main({
    throttle: () => ({ begin: async () => undefined, end: async () => {} }),
    signIn: (signIn) => ({
      ...signIn,
      async login(input) {
        if ((failures.get(input.username) ?? 0) >= 5) throw new RateLimited('too many failed logins', 900);
        try {
          const answer = await signIn.login(input);
          failures.delete(input.username);
          return answer;
        } catch (error) {
          if (error instanceof DomainError && error.code === 'unauthenticated')
            failures.set(input.username, (failures.get(input.username) ?? 0) + 1);
          throw error;
        }
      },
    }),
  });
