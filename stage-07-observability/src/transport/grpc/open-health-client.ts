import { Client, credentials } from '@grpc/grpc-js';
import { GRPC_CLIENT_OPTIONS } from '@medcenter/stage-06-grpc/transport/grpc';

/** Asks a server of gRPC how it is: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
export interface HealthClient {
  /** Whether it takes calls. Never fails: who does not answer in time takes none. */
  check(): Promise<boolean>;
  close(): void;
}

const CHECK = '/grpc.health.v1.Health/Check';
/** A request for the server as a whole names no service: then a message has no bytes. */
const REQUEST = Buffer.alloc(0);
/** Field 1, the status, is 1: SERVING. Two bytes are not worth a generated file. */
const SERVING = Buffer.from([0x08, 0x01]);

export function openHealthClient(address: string, timeoutMs = 1_000): HealthClient {
  const client = new Client(address, credentials.createInsecure(), GRPC_CLIENT_OPTIONS);
  const ask = (): Promise<Buffer | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
    client.makeUnaryRequest(
      CHECK,
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      REQUEST,
      { deadline: Date.now() + timeoutMs },
      (error, answer) => (error ? reject(error) : resolve(answer)),
    );
    return promise;
  };
  return {
    async check() {
      try {
        return (await ask())?.equals(SERVING) ?? false;
      } catch {
        return false;
      }
    },
    close: () => client.close(),
  };
}
