import { Writable } from 'node:stream';

/** A stream that keeps what is written, line by line. */
export function createLines(): { out: Writable; lines: string[] } {
  const lines: string[] = [];
  const out = new Writable({
    write(chunk, _encoding, done) {
      lines.push(...String(chunk).trimEnd().split('\n'));
      done();
    },
  });
  return { out, lines };
}
