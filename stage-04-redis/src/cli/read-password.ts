import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { validation } from '../domain/index.ts';

/**
 * Asks at a terminal, twice and without showing what is typed; where there is none, takes the first line of stdin.
 * @throws DomainError `validation` when there is none, or the two differ
 */
export async function readPassword(input: ReadStream, output: NodeJS.WritableStream): Promise<string> {
  // A terminal whose echo goes nowhere: keys such as backspace still do their work.
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface(input.isTTY ? { input, output: unseen, terminal: true } : { input });
  lines.on('SIGINT', () => lines.close()); // Ctrl-C ends the question, as Ctrl-D does.
  const typed = lines[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await typed.next();
    if (done) throw refusal('the password was not given');
    return value;
  };
  const ask = async (prompt: string): Promise<string> => {
    output.write(prompt);
    return nextLine().finally(() => output.write('\n'));
  };
  try {
    if (!input.isTTY) return await nextLine();
    const password = await ask('Password: ');
    if ((await ask('Again: ')) !== password) throw refusal('the password was not the same twice: try again');
    return password;
  } finally {
    lines.close();
  }
}

function refusal(message: string): Error {
  return validation([{ path: '', message }]);
}
