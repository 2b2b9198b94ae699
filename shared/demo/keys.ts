/** What a viewer wants next. */
export type Choice = 'go on' | 'leave' | 'interrupt';

/** The part of a terminal's input that is used here. */
export interface KeyInput {
  setRawMode(raw: boolean): unknown;
  on(event: 'data' | 'close', listener: (data: Buffer | string) => void): unknown;
  off(event: 'data' | 'close', listener: (data: Buffer | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const CHOICES: Readonly<Record<string, Choice>> = {
  '\r': 'go on',
  '\n': 'go on',
  ' ': 'go on',
  q: 'leave',
  Q: 'leave',
  '\u0004': 'leave', // Ctrl-D.
  '\u0003': 'interrupt', // Ctrl-C: in raw mode it is a key, and no signal.
};

/**
 * Waits for a key that means something. The terminal is raw, so that a key counts without Enter, for just as long
 * as it waits: whatever happens in between happens in a terminal as the person left it.
 */
export async function readChoice(input: KeyInput, signal: AbortSignal): Promise<Choice> {
  const { promise, resolve } = Promise.withResolvers<Choice>();
  const onData = (data: Buffer | string) => {
    const [choice] = [...String(data)].flatMap((key) => CHOICES[key] ?? []);
    if (choice) resolve(choice);
  };
  const onClose = () => resolve('leave');
  const onAbort = () => resolve('interrupt');
  input.setRawMode(true);
  input.on('data', onData);
  input.on('close', onClose);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  input.resume();
  try {
    return await promise;
  } finally {
    input.pause();
    signal.removeEventListener('abort', onAbort);
    input.off('close', onClose);
    input.off('data', onData);
    input.setRawMode(false);
  }
}
