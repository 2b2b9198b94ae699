/**
 * A signal that aborts with what `check` fails with: a stream can be older than the session of the one who opened it. It
 * is asked again and again, until the other signal aborts.
 */
export function whileAllowed(
  check: () => Promise<unknown>,
  { everyMs, until }: { readonly everyMs: number; readonly until: AbortSignal },
): AbortSignal {
  const refused = new AbortController();
  const timer = setInterval(() => {
    check().catch((error) => {
      clearInterval(timer);
      refused.abort(error);
    });
  }, everyMs);
  until.addEventListener('abort', () => clearInterval(timer), { once: true });
  return refused.signal;
}
