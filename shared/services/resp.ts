import { connect } from 'node:net';

/** What Redis answers, in version 2 of its protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export type Reply = string | number | null | Reply[];

interface Question {
  host: string;
  port: number;
  commands: readonly (readonly string[])[];
  timeoutMs: number;
}

/** Sends all commands at once over a new connection, and gathers their replies. The first error is thrown. */
export async function askSocket({ host, port, commands, timeoutMs }: Question): Promise<Reply[]> {
  const socket = connect(port, host);
  const timeout = setTimeout(() => socket.destroy(failure('ETIMEDOUT', 'no answer in time')), timeoutMs);
  try {
    socket.write(commands.map(encode).join(''));
    const replies: Reply[] = [];
    let bytes: Buffer = Buffer.alloc(0);
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk]);
      for (let read = decode(bytes, 0); read; read = decode(bytes, 0)) {
        replies.push(read.reply);
        bytes = bytes.subarray(read.next);
      }
      if (replies.length >= commands.length) return replies;
    }
    throw failure('ECONNRESET', 'the connection ended before the answer');
  } finally {
    clearTimeout(timeout);
    socket.destroy();
  }
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** The reply that begins there, and where the next one begins; nothing while it is not complete. */
function decode(bytes: Buffer, from: number): { reply: Reply; next: number } | undefined {
  const end = bytes.indexOf('\r\n', from);
  if (end < 0) return undefined;
  const kind = String.fromCharCode(bytes[from] ?? 0);
  const line = bytes.toString('utf8', from + 1, end);
  const next = end + 2;
  if (kind === '-') throw failure(line.split(' ', 1)[0] ?? '', line);
  if (kind === '+') return { reply: line, next };
  if (kind === ':') return { reply: Number(line), next };
  if (line === '-1') return { reply: null, next };
  return kind === '$' ? decodeText(bytes, next, Number(line)) : decodeList(bytes, next, Number(line));
}

function decodeText(bytes: Buffer, from: number, length: number) {
  const end = from + length;
  if (bytes.length < end + 2) return undefined;
  return { reply: bytes.toString('utf8', from, end), next: end + 2 };
}

function decodeList(bytes: Buffer, from: number, length: number) {
  const reply: Reply[] = [];
  let next = from;
  while (reply.length < length) {
    const read = decode(bytes, next);
    if (read === undefined) return undefined;
    reply.push(read.reply);
    next = read.next;
  }
  return { reply, next };
}

function failure(code: string, text: string): Error {
  return Object.assign(new Error(`Redis: ${text}`), { code });
}
