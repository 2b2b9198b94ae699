import { setTimeout as sleep } from 'node:timers/promises';
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type RegistryContentType,
} from 'prom-client';

/** A request that has its answer, or broke off. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern, never the path: each value is a series that is kept for ever. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** Whose trace it is, so that one who sees a slow bucket can look at one of its requests. */
  readonly traceId?: string | undefined;
}

/** A call of gRPC that has ended, in the words of other gRPC metrics. */
export interface HandledCall {
  readonly service: string;
  readonly method: string;
  readonly type: 'unary' | 'server_stream' | 'client_stream' | 'bidi_stream';
  /** Such as `OK`, `NOT_FOUND`. */
  readonly code: string;
  readonly seconds: number;
}

export interface GroupLag {
  readonly topic: string;
  readonly group: string;
  /** Messages that the group has still to handle. */
  readonly messages: number;
}

export interface Metrics {
  readonly registry: Registry;
  answered(request: AnsweredRequest): void;
  handled(call: HandledCall): void;
  looked(result: 'hit' | 'miss' | 'bypass'): void;
  /** One message of a topic was put aside; or none yet, so that the first one is seen as an increase. */
  deadLettered(topic: string, count?: 0 | 1): void;
  /** Asked whenever the numbers are wanted. What fails leaves its number out, and the others in. */
  watch(sources: MetricSources): void;
}

export interface MetricSources {
  pendingEvents?(): Promise<number>;
  lags?(): Promise<readonly GroupLag[]>;
  pool?(): Readonly<Record<'busy' | 'idle' | 'waiting', number>>;
}

/**
 * Upper bounds in seconds. Most answers take some milliseconds, so the small ones are close together; 0.25 is where a
 * person notices, and 5 is the limit at which the API gives up: whatever is above it did not keep its promise.
 */
export const DURATION_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const REQUEST = ['method', 'route', 'status_code'] as const;
const CALL = ['grpc_service', 'grpc_method', 'grpc_type', 'grpc_code'] as const;

/** The numbers of one process, for Prometheus. `process` tells its own numbers of Node.js from those of another. */
export function createMetrics(process: 'api' | 'schedule'): Metrics {
  const registry = new Registry();
  // prom-client keeps exemplars in such a registry alone. In which format the numbers are written is chosen later.
  (registry as Registry<RegistryContentType>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const registers = [registry];
  collectDefaultMetrics({ register: registry, labels: { process } });
  // The types want an exemplar's label among those of the histogram.
  const requestSeconds = new Histogram<(typeof REQUEST)[number] | 'trace_id'>({
    name: 'http_request_duration_seconds',
    help: 'From the arrival of a request until its whole answer was sent.',
    labelNames: REQUEST,
    buckets: DURATION_BUCKETS,
    enableExemplars: true,
    registers,
  });
  const requests = counter('http_requests_total', 'Requests that were answered.', REQUEST);
  const failures = counter('http_request_errors_total', 'Those answered by a 4xx or a 5xx.', REQUEST);
  const callSeconds = new Histogram({
    name: 'grpc_server_handling_seconds',
    help: 'From the arrival of a call until its status was sent.',
    labelNames: CALL,
    buckets: DURATION_BUCKETS,
    registers,
  });
  const calls = counter('grpc_server_handled_total', 'Calls that ended, whatever their status.', CALL);
  const looks = counter('cache_requests_total', 'Patients that were asked for, and how they were found.', [
    'result',
  ]);
  const deadLetters = counter('dead_letters_total', 'Messages put aside, by the topic they came from.', [
    'topic',
  ]);
  for (const result of ['hit', 'miss', 'bypass']) looks.inc({ result }, 0);

  function counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    return new Counter({ name, help, labelNames, registers });
  }

  return {
    registry,
    answered({ method, route, status, seconds, traceId }) {
      const labels = { method, route, status_code: String(status) };
      const exemplar = traceId !== undefined && { exemplarLabels: { trace_id: traceId } };
      requestSeconds.observe({ labels, value: seconds, ...exemplar });
      requests.inc(labels);
      if (status >= 400) failures.inc(labels);
    },
    handled({ service, method, type, code, seconds }) {
      const labels = { grpc_service: service, grpc_method: method, grpc_type: type, grpc_code: code };
      callSeconds.observe(labels, seconds);
      calls.inc(labels);
    },
    looked: (result) => looks.inc({ result }),
    deadLettered: (topic, count = 1) => deadLetters.inc({ topic }, count),
    watch: (sources) => watch(registers, process, sources),
  };
}

/** Numbers of the moment, which are read when somebody asks for them. */
function watch(registers: Registry[], process: string, { pendingEvents, lags, pool }: MetricSources): void {
  if (pendingEvents) {
    new Gauge({
      name: 'outbox_pending_events',
      help: 'Events that are committed, and not yet told.',
      registers,
      async collect() {
        await read(
          pendingEvents,
          (count) => this.set(count),
          () => this.reset(),
        );
      },
    });
  }
  if (lags) {
    new Gauge({
      name: 'kafka_consumer_lag',
      help: 'Messages that a group has still to handle.',
      labelNames: ['topic', 'group'],
      registers,
      async collect() {
        this.reset(); // A topic that is gone has no lag.
        await read(lags, (found) => {
          for (const { topic, group, messages } of found) this.set({ topic, group }, messages);
        });
      },
    });
  }
  if (pool) {
    new Gauge({
      name: 'database_pool_connections',
      help: 'Connections to the database: busy, idle; and callers who wait for one.',
      labelNames: ['process', 'state'],
      registers,
      collect() {
        for (const [state, count] of Object.entries(pool())) this.set({ process, state }, count);
      },
    });
  }
}

/** For a number that has to be asked for. Who asks for all numbers does not wait for one. */
const PATIENCE_MS = 1_000;

/** A number that cannot be had in time is no number: zero would say that all is well. */
async function read<T>(
  source: () => Promise<T>,
  use: (value: T) => void,
  otherwise: () => void = () => {},
): Promise<void> {
  const given = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: given.signal }).then(() => {
    throw new Error('the number did not come in time');
  });
  try {
    use(await Promise.race([source(), late]));
  } catch {
    otherwise();
  } finally {
    late.catch(() => {});
    given.abort();
  }
}
