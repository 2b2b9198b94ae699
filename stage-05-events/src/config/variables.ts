import { fileURLToPath } from 'node:url';
import { bySchema, variables as inherited, text, type Variable } from '@medcenter/stage-04-redis/config';

const inData = (name: string) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url));

export const variables = {
  ...inherited,
  SQLITE_FILE: { ...inherited.SQLITE_FILE, fallback: inData('medcenter.db') },
  REDIS_PREFIX: { ...inherited.REDIS_PREFIX, fallback: 'medcenter:stage-05:' },
  KAFKA_BROKERS: bySchema<readonly string[] | undefined>(
    { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[A-Za-z0-9.-]+:\\d{1,5}$' } },
    { wants: 'a comma list of brokers, such as 127.0.0.1:9092', fallback: undefined },
  ),
  KAFKA_TOPIC_PREFIX: bySchema(
    { type: 'string', pattern: '^[A-Za-z0-9._-]{0,64}$' },
    { wants: 'what stands before each topic and group, of letters, digits and . _ -', fallback: '' },
  ),
  EVENTS_FILE: text({
    wants: 'the path of the file that keeps the events where KAFKA_BROKERS is unset',
    fallback: inData('events.db'),
  }),
  REMINDER_LEAD_HOURS: bySchema(
    { type: 'integer', minimum: 0, maximum: 8_760 },
    { wants: '0 to 8760 hours before the start of an appointment', fallback: 24 },
  ),
  REMINDER_FILE: {
    wants: 'the path of a file that gets a line of JSON for each reminder',
    fallback: undefined,
    parse: (held) => held,
  } satisfies Variable<string | undefined>,
  SMTP_URL: {
    wants: 'the URL of a mail server, such as smtp://user:password@127.0.0.1:25',
    fallback: undefined,
    parse: parseSmtpUrl,
    secret: true,
  } satisfies Variable<string | undefined>,
  SMTP_FROM: text({ wants: 'the address that sends reminders', fallback: 'medcenter@localhost' }),
  SMTP_TO: text({ wants: 'the address of the desk that reminds patients', fallback: 'desk@localhost' }),
};

function parseSmtpUrl(held: string): string | undefined {
  const url = URL.parse(held);
  return url && ['smtp:', 'smtps:'].includes(url.protocol) && url.hostname !== '' ? held : undefined;
}
