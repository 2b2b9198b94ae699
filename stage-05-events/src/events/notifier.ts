import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageIdOf, type Reminder } from '../domain/index.ts';

/** A way to remind somebody. */
export interface Notifier {
  /** Resolves when the message was handed over. It may be handed over twice, under one message id. */
  send(reminder: Reminder): Promise<void>;
  close(): void;
}

/** A line of JSON in a file for each reminder: for whoever writes to the patients. */
export function createFileNotifier(file: string): Notifier {
  return {
    async send(reminder) {
      await mkdir(dirname(file), { recursive: true });
      await appendFile(file, `${JSON.stringify({ messageId: messageIdOf(reminder), ...reminder })}\n`, {
        mode: 0o600,
      });
    },
    close() {},
  };
}

/** Tells where the reminder would go. It says who is meant by ids alone: this is read by others. */
export function createConsoleNotifier(say: (fields: object) => void): Notifier {
  return {
    async send(reminder) {
      say({ messageId: messageIdOf(reminder), ...reminder });
    },
    close() {},
  };
}
