import type { Admin, GenericError } from '@platformatic/kafka';
import { ALL_TOPICS, DEAD_LETTER_TOPICS, TOPIC_SETTINGS } from './topics.ts';

const { partitions, retentionMs, maxBytes, deadLetterMaxBytes } = TOPIC_SETTINGS;

/** Makes those of our topics that are not there. One that is there stays as somebody has set it. */
export async function createTopics(admin: Admin, prefix: string): Promise<void> {
  const there = new Set(await admin.listTopics());
  for (const topic of ALL_TOPICS.filter((each) => !there.has(prefix + each))) {
    const longest = DEAD_LETTER_TOPICS.includes(topic) ? deadLetterMaxBytes : maxBytes;
    const configs = [
      { name: 'retention.ms', value: String(retentionMs) },
      { name: 'max.message.bytes', value: String(longest) },
    ];
    // -1: as many replicas as the cluster has chosen for itself.
    await admin
      .createTopics({ topics: [prefix + topic], partitions, replicas: -1, configs })
      .catch(refuseOthers);
  }
}

/** Another process may make them in this moment. */
function refuseOthers(error: GenericError): void {
  if (!error.findBy('apiId', 'TOPIC_ALREADY_EXISTS')) throw error;
}
