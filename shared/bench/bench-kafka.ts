import { startThrowAwayKafka } from '../services/throw-away-kafka.ts';

/** A broker of the measurement's own. Answers its address. */
export async function openBenchKafka(stack: AsyncDisposableStack): Promise<string> {
  const server = await startThrowAwayKafka({ detached: false });
  stack.defer(() => server.dispose());
  return server.url;
}
