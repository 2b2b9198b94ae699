/** A program that answers. Disposing of it closes everything it opened. */
export interface Running extends AsyncDisposable {
  /** Where it answers, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** A line for each thing that it needs: which adapter serves it, and where. */
  readonly needs: readonly string[];
}

/**
 * Runs until Ctrl-C or SIGTERM, then lets what is in flight end. A second signal ends it at once.
 * Answers the exit code; errors that it cannot explain, it throws.
 */
export async function serve(open: () => Promise<Running>, say: (text: string) => void): Promise<number> {
  const stop = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.resolve());
  try {
    await using running = await open();
    say(
      [
        ...running.needs,
        `API: ${running.url}/api/v1   for people: ${running.url}/docs   Ctrl-C ends it`,
      ].join('\n'),
    );
    await stop.promise;
    return 0;
  } catch (error) {
    const explanation = explainFailedStart(error);
    if (!explanation) throw error;
    say(explanation);
    return 1;
  }
}

/** What to do about a start that failed, for people; `port` is the variable that names the port. */
export function explainFailedStart(error: unknown, port = 'PORT'): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const where =
    'address' in error ? `${error.address}${'port' in error ? `:${error.port}` : ''}` : 'that address';
  switch (error.code) {
    case 'EADDRINUSE':
      return `Another program listens on ${where}: end it, or set ${port}.`;
    case 'EACCES':
      return `This account may not listen on ${where}: set ${port} to 1024 or more.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${'hostname' in error ? error.hostname : where}: set HOST.`;
    case 'data_file':
      return error.message;
    default:
      return undefined;
  }
}
