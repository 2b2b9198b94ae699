import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeText } from './text.ts';
import { quoteWord } from './words.ts';

/** Bytes to write (a character is a byte), some text many times over, or a pause in milliseconds. */
export type Piece = string | { text: string; times: number } | { pause: number };

export interface TalkOptions {
  /** Leaves after the last piece without waiting for an answer. */
  leave?: boolean;
  /** Stops listening after this; 3 s when not said. In milliseconds. */
  patience?: number;
  /** Stops listening when this is true of what came. */
  enough?: (received: string) => boolean;
}

interface Facts {
  /** All that came. */
  text: string;
  /** The status of each answer in it. */
  statuses: number[];
  /** The server ended the connection. */
  closed: boolean;
}

export interface Conversation extends Facts {
  sent: string;
  received: string;
  repeat: string;
}

const PATIENCE = 3_000;

/** Writes the pieces to a new connection, and hears what comes until the server ends it or there was enough. */
export async function converse(url: string, pieces: readonly Piece[], options: TalkOptions = {}) {
  const { leave = false, patience = PATIENCE, enough = () => false } = options;
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port || 80) });
  let text = '';
  let closed = false;
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
    if (enough(text)) finish();
  });
  socket.on('close', () => {
    closed = true;
    finish();
  });
  // It may be cut while there is still something to write: that is an end like any other.
  socket.on('error', () => {});
  for (const piece of pieces) {
    if (typeof piece === 'object' && 'pause' in piece) await sleep(piece.pause);
    else socket.write(bytesOf(piece), 'latin1');
  }
  if (leave) await new Promise((resolve) => socket.write('', resolve));
  else await Promise.race([done, sleep(patience, undefined, { ref: false })]);
  const facts: Facts = { text, statuses: statusesOf(text), closed };
  socket.destroy();
  return { sent: describePieces(pieces), received: describeHeard(facts, leave), facts };
}

const bytesOf = (piece: string | { text: string; times: number }) =>
  typeof piece === 'string' ? piece : piece.text.repeat(piece.times);

function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status));
}

function describePieces(pieces: readonly Piece[]): string {
  const lines = pieces.map((piece) => {
    if (typeof piece === 'string') return JSON.stringify(piece);
    return 'pause' in piece
      ? `(a pause of ${piece.pause} ms)`
      : `${piece.times} times ${JSON.stringify(piece.text)}`;
  });
  return ['these bytes, on a connection of their own:', ...lines].join('\n');
}

function describeHeard({ text, closed }: Facts, left: boolean): string {
  if (left) return 'nothing: the client left';
  const end = closed ? 'and the server ended the connection' : 'and the connection stayed open';
  return `${describeText('bytes', text.replaceAll('\r', ''))}\n${end}`;
}

/** The same by hand, in one line for a shell. */
export function talkLine(
  url: string,
  pieces: readonly Piece[],
  { leave, patience = PATIENCE }: TalkOptions,
): string {
  const { hostname, port } = new URL(url);
  const writing = pieces.map((piece) => {
    if (typeof piece === 'string') return `s.write(${scriptText(piece)}, "latin1");`;
    if ('pause' in piece) return `await new Promise((done) => setTimeout(done, ${piece.pause}));`;
    return `s.write(${scriptText(piece.text)}.repeat(${piece.times}));`;
  });
  const script = [
    `const s = require("node:net").connect(${port || 80}, "${hostname}");`,
    's.on("error", console.error).pipe(process.stdout);',
    `(async () => { ${writing.join(' ')} setTimeout(() => s.destroy(), ${leave ? 100 : patience}); })()`,
  ].join(' ');
  return `node -e ${quoteWord(script)}`;
}

/** ASCII alone, so that no shell and no terminal changes a byte. */
function scriptText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
