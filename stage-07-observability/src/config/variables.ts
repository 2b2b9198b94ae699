import { fileURLToPath } from 'node:url';
import { bySchema, variables as inherited } from '@medcenter/stage-06-grpc/config';

const inData = (name: string) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url));

export const variables = {
  ...inherited,
  SQLITE_FILE: { ...inherited.SQLITE_FILE, fallback: inData('medcenter.db') },
  EVENTS_FILE: { ...inherited.EVENTS_FILE, fallback: inData('events.db') },
  REDIS_PREFIX: { ...inherited.REDIS_PREFIX, fallback: 'medcenter:stage-07:' },
  SPANS_FOLDER: bySchema(
    { type: 'string', minLength: 1 },
    { wants: 'a folder for the spans, where no collector takes them', fallback: inData('spans') },
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: bySchema(
    { type: 'string', pattern: '^https?://[^/:\\s]+' },
    { wants: 'the address of a collector for spans, such as http://127.0.0.1:4318', fallback: undefined },
  ),
  OTEL_TRACES_SAMPLER_ARG: bySchema(
    { type: 'number', minimum: 0, maximum: 1 },
    { wants: 'the part of all traces that is kept, from 0 to 1', fallback: 1 },
  ),
  EVENT_LOOP_DELAY_LIMIT_MS: bySchema(
    { type: 'integer', minimum: 0, maximum: 60_000 },
    {
      wants: '1 to 60000 milliseconds of mean delay above which requests are refused, or 0 to refuse none',
      fallback: 500,
    },
  ),
  SHUTDOWN_DELAY_MS: bySchema(
    { type: 'integer', minimum: 0, maximum: 300_000 },
    { wants: '0 to 300000 milliseconds to go on after the signal to end', fallback: 0 },
  ),
  SHUTDOWN_TIMEOUT_MS: bySchema(
    { type: 'integer', minimum: 100, maximum: 300_000 },
    { wants: '100 to 300000 milliseconds for what is under way, before a hard end', fallback: 10_000 },
  ),
};
