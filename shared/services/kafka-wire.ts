import { connect } from 'node:net';

/** What a broker tells to whoever asks: https://kafka.apache.org/protocol#The_Messages_Metadata */
export interface Cluster {
  readonly id: string | null;
  /** Those that serve now, where clients are to find them. */
  readonly brokers: readonly { readonly host: string; readonly port: number }[];
}

/** Of the API "Metadata"; from this version on it tells the cluster's id, and every broker from 0.10 up has it. */
const request = { apiKey: 3, version: 2, correlationId: 1, clientId: 'medcenter' };

/** No cluster of ours needs more; what is no Kafka says any number here. */
const longestAnswer = 1_000_000;

/**
 * Asks a broker, such as `127.0.0.1:9092`, about its cluster, over a connection of its own. Neither a dead broker nor a
 * frozen one keeps it for long.
 */
export async function askKafka(broker: string, timeoutMs = 5000): Promise<Cluster> {
  const { hostname, port } = new URL(`kafka://${broker}`);
  const socket = connect(Number(port || 9092), hostname.replace(/^\[|\]$/g, ''));
  const timeout = setTimeout(() => socket.destroy(failure('ETIMEDOUT', 'no answer in time')), timeoutMs);
  try {
    socket.write(encodeRequest());
    let bytes: Buffer = Buffer.alloc(0);
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 4) continue;
      const length = bytes.readInt32BE(0);
      if (length < 0 || length > longestAnswer) throw failure('EPROTO', 'what answers there is no Kafka');
      if (bytes.length >= 4 + length) return decodeAnswer(bytes.subarray(4, 4 + length));
    }
    throw failure('ECONNRESET', 'the connection ended before the answer');
  } finally {
    clearTimeout(timeout);
    socket.destroy();
  }
}

/** Its length, the header, and the list of the topics that are asked about: none. */
function encodeRequest(): Buffer {
  const clientId = Buffer.from(request.clientId);
  const bytes = Buffer.alloc(4 + 10 + clientId.length + 4);
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt16BE(request.apiKey, 4);
  bytes.writeInt16BE(request.version, 6);
  bytes.writeInt32BE(request.correlationId, 8);
  bytes.writeInt16BE(clientId.length, 12);
  clientId.copy(bytes, 14);
  return bytes;
}

function decodeAnswer(bytes: Buffer): Cluster {
  const reader = openReader(bytes);
  try {
    if (reader.int32() !== request.correlationId) throw new RangeError('the answer to another request');
    const brokers = Array.from({ length: countOf(reader.int32(), bytes) }, () => {
      reader.int32(); // Its number.
      const broker = { host: reader.text() ?? '', port: reader.int32() };
      reader.text(); // Its rack.
      return broker;
    });
    return { brokers, id: reader.text() };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw failure('EPROTO', 'what answers there is no Kafka');
  }
}

/** A broker takes 12 bytes at least. */
function countOf(count: number, bytes: Buffer): number {
  if (count < 0 || count * 12 > bytes.length) throw new RangeError('more brokers than bytes');
  return count;
}

/** Reads numbers and texts one after the other. @throws RangeError where the bytes end too early */
function openReader(bytes: Buffer) {
  let at = 0;
  const int16 = () => {
    at += 2;
    return bytes.readInt16BE(at - 2);
  };
  const int32 = () => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  const text = () => {
    const length = int16();
    if (length < 0) return null;
    at += length;
    if (at > bytes.length) throw new RangeError('a text beyond the end');
    return bytes.toString('utf8', at - length, at);
  };
  return { int32, text };
}

function failure(code: string, text: string): Error {
  return Object.assign(new Error(`Kafka: ${text}`), { code });
}
