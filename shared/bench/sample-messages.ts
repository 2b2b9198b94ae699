import { randomUUID } from 'node:crypto';

/** Messages of the size of an event, each of another appointment. */
export function sampleMessages(count: number) {
  return Array.from({ length: count }, () => {
    const key = randomUUID();
    return { topic: 'appointments.created', key, value: JSON.stringify({ key, text: 'x'.repeat(500) }) };
  });
}
