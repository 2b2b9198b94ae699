import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';

export interface ReadStreamOptions<M, T> {
  /** Undefined for a message that is to be left out. */
  read(message: M): T | undefined;
  /** The first message has to come in this time; a day without changes may be silent after it. */
  readonly firstMs: number;
  readonly signal: AbortSignal | undefined;
  answered(): void;
  /** What to throw. */
  failed(error: ServiceError, signal: AbortSignal | undefined): Error;
}

/**
 * The messages of a call, one when the reader wants it: grpc-js asks the server for more only then. Whoever stops reading
 * cancels the call, also while a message is waited for. @throws the signal's reason after it aborted
 */
export function readStream<M, T>(
  open: () => ClientReadableStream<M>,
  options: ReadStreamOptions<M, T>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const left = new AbortController();
      const messages = readUntil(left.signal, open, options);
      return {
        next: () => messages.next(),
        return() {
          left.abort(); // A generator alone would answer when the message that is waited for has come.
          return messages.return(undefined);
        },
      };
    },
  };
}

async function* readUntil<M, T>(
  left: AbortSignal,
  open: () => ClientReadableStream<M>,
  { read, firstMs, signal, answered, failed }: ReadStreamOptions<M, T>,
): AsyncGenerator<T, undefined> {
  signal?.throwIfAborted();
  const call = open();
  const leave = () => call.cancel();
  call.on('error', () => {}); // It may come when nobody reads any more.
  left.addEventListener('abort', leave, { once: true });
  signal?.addEventListener('abort', leave, { once: true });
  const late = setTimeout(leave, firstMs);
  try {
    for await (const message of call) {
      clearTimeout(late);
      answered();
      const known = read(message as M);
      if (known !== undefined) yield known;
      signal?.throwIfAborted();
    }
  } catch (error) {
    if (left.aborted) return;
    signal?.throwIfAborted();
    // The only errors here are those of the call: what a reader throws does not come back to us.
    throw failed(error as ServiceError, signal);
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', leave);
    leave();
  }
}
