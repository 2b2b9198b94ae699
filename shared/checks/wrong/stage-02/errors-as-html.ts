import { main, server, type Wrong } from './base.ts';

/** Answers an error with a page, as frameworks do unless told otherwise. */
export const wrong: Wrong = { caughtBy: 'every-error-is-a-problem' };

const { problemOf } = server;

if (import.meta.main) {
  await main({
    problemOf: (error) => ({
      ...problemOf(error),
      body: `<h1>Error</h1><pre>${server.detailOf(error)}</pre>`,
    }),
    problemType: () => 'text/html',
  });
}
