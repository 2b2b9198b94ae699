import type { EventLog } from './event-log.ts';
import type { KafkaOptions } from './kafka-log.ts';
import type { MailOptions } from './mail-notifier.ts';
import type { Notifier } from './notifier.ts';

// Two large packages. Whoever does without them does not wait for them to be read.

export async function openKafkaLog(options: KafkaOptions): Promise<EventLog> {
  const { createKafkaLog } = await import('./kafka-log.ts');
  return createKafkaLog(options);
}

export async function openMailNotifier(options: MailOptions): Promise<Notifier> {
  const { createMailNotifier } = await import('./mail-notifier.ts');
  return createMailNotifier(options);
}
