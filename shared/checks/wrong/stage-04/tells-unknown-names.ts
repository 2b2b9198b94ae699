import { unauthenticated } from '@medcenter/stage-04-redis/domain';
import { sqlAccounts } from '@medcenter/stage-04-redis/repository';
import { main, type Wrong } from './base.ts';

/** Says kindly that there is no such account. */
export const wrong: Wrong = { caughtBy: 'unknown-name-and-wrong-password-read-the-same' };

if (import.meta.main)
  await main({
    signIn: (signIn, storage) => ({
      ...signIn,
      async login(input) {
        const account = await sqlAccounts(storage.sql).find(input.username);
        if (!account) throw unauthenticated('there is no account of this name');
        return signIn.login(input);
      },
    }),
  });
