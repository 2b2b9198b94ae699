import { AsyncLocalStorage } from 'node:async_hooks';
import type { TestContext } from 'node:test';
import { createLines } from '@medcenter/shared/testing';
import type { FastifyInstance } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import {
  createLogger,
  createMetrics,
  EXPOSITION_TYPES,
  mergeMetrics,
  type SpanOptions,
  type Tracing,
} from '../src/observability/index.ts';
import { createMemoryStorage } from '../src/repository/index.ts';
import { createPatientRegistry } from '../src/service/index.ts';
import {
  accessStatusByCode,
  createHttpApp,
  type HttpOptions,
  observeRequests,
  type PatientRouteOptions,
} from '../src/transport/http/index.ts';
import { createStillClock } from './contracts/index.ts';

/** A span as the fake has it. */
export interface TracedWork extends SpanOptions {
  readonly name: string;
  readonly traceId: string;
  readonly set: Record<string, unknown>;
  readonly errors: unknown[];
  ended: number;
}

/** Tracing without a library: what was begun is in `spans`, in that order. */
export function createFakeTracing() {
  const current = new AsyncLocalStorage<TracedWork>();
  const spans: TracedWork[] = [];
  const tracing: Pick<Tracing, 'begin' | 'ids'> = {
    begin(name, options) {
      const traceId = (spans.length + 1).toString(16).padStart(32, '0');
      const span: TracedWork = { ...options, name, traceId, set: {}, errors: [], ended: 0 };
      spans.push(span);
      return {
        set: (attributes) => void Object.assign(span.set, attributes),
        fail: (error) => void span.errors.push(error),
        run: (work) => current.run(span, work),
        end: () => void span.ended++,
      };
    },
    ids() {
      const span = current.getStore();
      return span && { trace_id: span.traceId, span_id: span.traceId.slice(16) };
    },
  };
  return { tracing, spans };
}

export interface ObservedAppOptions extends Partial<HttpOptions> {
  readonly tracing?: Pick<Tracing, 'begin' | 'ids'>;
  /** Adds routes or hooks before the app is ready. */
  readonly extend?: (app: FastifyInstance) => void;
  readonly patients?: Partial<PatientRouteOptions['patients']>;
}

/** The API over a storage in memory, observed, not listening. Its log is in `lines`, with the ids of the span. */
export async function createObservedApp(t: TestContext, options: ObservedAppOptions = {}) {
  const { extend, patients, tracing: given, ...rest } = options;
  const fake = createFakeTracing();
  const tracing = given ?? fake.tracing;
  const metrics = createMetrics('api');
  const { out, lines } = createLines();
  const prepare = (fields: object) => ({ ...tracing.ids(), ...fields });
  const logger = createLogger({ level: 'info', service: 'test', out, prepare });
  const deps = { storage: createMemoryStorage(), newId: uuidv7, clock: createStillClock() };
  const registry = { ...createPatientRegistry(deps), ...patients };
  const observer = observeRequests({ tracing, metrics });
  const app = await createHttpApp(
    { patients: registry, clock: deps.clock },
    { logger, statuses: accessStatusByCode, onEnd: observer.onEnd, ...rest },
  );
  observer.follow(app);
  extend?.(app);
  t.after(() => app.close());
  return {
    app,
    lines,
    metrics,
    spans: fake.spans,
    /** The lines of requests, parsed. */
    requests: (): Record<string, unknown>[] =>
      lines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'request'),
    /** What Prometheus would read. */
    scrape: async (type = EXPOSITION_TYPES.prometheus as ExpositionType) =>
      parseExposition(await mergeMetrics(metrics.registry, [], type), type),
  };
}

type ExpositionType = Parameters<typeof mergeMetrics>[2];

/** Waits for something that another party does, for two seconds at the most. */
export async function eventually(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 2_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

export interface ParsedFamily {
  readonly type: string;
  readonly samples: ParsedSample[];
}

const LABELS = String.raw`\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\}`;
const NUMBER = String.raw`([+-]?Inf|[Nn]a[Nn]|[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)`;
const SAMPLE = new RegExp(
  String.raw`^([a-zA-Z_:][\w:]*)(?:${LABELS})? ${NUMBER}(?: # ${LABELS} ${NUMBER} \d+(?:\.\d+)?)?$`,
);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * Reads an exposition as strictly as the formats are written down, and throws where it breaks a rule: each family once
 * and in one piece, HELP and TYPE before its samples, no sample twice, histograms whose buckets grow up to `+Inf`, which
 * is their count; exemplars, `# EOF` and counters without `_total` in OpenMetrics alone.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function parseExposition(text: string, type: ExpositionType): Map<string, ParsedFamily> {
  const isOpenMetrics = type === EXPOSITION_TYPES.openMetrics;
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line does not end');
  if (isOpenMetrics && lines.pop() !== '# EOF') throw new Error('no # EOF');
  const families = new Map<string, ParsedFamily>();
  let helped = '';
  let current: (ParsedFamily & { name: string }) | undefined;
  for (const line of lines) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    if (line === '') {
      if (isOpenMetrics) fail('an empty line');
      continue;
    }
    const [, kind, family = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(family)) fail('a family twice');
      helped = family;
    } else if (kind === 'TYPE') {
      if (family !== helped || families.has(family)) fail('a TYPE out of place');
      if (!/^(counter|gauge|histogram|summary)$/.test(rest)) fail('an unknown type');
      if (isOpenMetrics && rest === 'counter' && family.endsWith('_total')) fail('a counter named _total');
      current = { name: family, type: rest, samples: [] };
      families.set(family, current);
    } else {
      const sample = parseSample(line) ?? fail('no sample');
      if (!current || helped !== current.name) return fail('a sample without a TYPE');
      if (!namesOf(current.name, current.type, isOpenMetrics).includes(sample.name))
        fail('a sample of another family');
      if (sample.exemplar && !(isOpenMetrics && /_(bucket|total)$/.test(sample.name)))
        fail('an exemplar here');
      if (current.samples.some((other) => keyOf(other) === keyOf(sample))) fail('a sample twice');
      current.samples.push(sample);
    }
  }
  for (const [name, { type, samples }] of families) if (type === 'histogram') checkHistogram(name, samples);
  return families;
}

function namesOf(family: string, type: string, isOpenMetrics: boolean): string[] {
  if (isOpenMetrics && type === 'counter') return [`${family}_total`];
  return (SUFFIXES[type] ?? ['']).map((suffix) => `${family}${suffix}`);
}

function parseSample(line: string): ParsedSample | undefined {
  const [found, name = '', labels, value, exemplarLabels, exemplarValue] = SAMPLE.exec(line) ?? [];
  if (found === undefined) return undefined;
  const exemplar = exemplarValue !== undefined && {
    exemplar: { labels: labelsOf(exemplarLabels), value: numberOf(exemplarValue) },
  };
  return { name, labels: labelsOf(labels), value: numberOf(value), ...exemplar };
}

function labelsOf(text = ''): Record<string, string> {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) throw new Error(`a label twice: ${text}`);
  return Object.fromEntries(pairs);
}

function numberOf(text = ''): number {
  return Number(text.replace(/^([+-]?)Inf$/, '$1Infinity'));
}

function keyOf({ name, labels }: ParsedSample): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}

/** Each series of it: all its samples follow each other, and its buckets are those below, and more. */
function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  const keys = samples.map(({ labels: { le: _, ...labels } }) =>
    JSON.stringify(Object.entries(labels).sort()),
  );
  for (const key of new Set(keys)) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${name} ${key}`);
    };
    const [first, last] = [keys.indexOf(key), keys.lastIndexOf(key)];
    if (keys.slice(first, last + 1).some((each) => each !== key)) fail('a series in pieces');
    const series = samples.slice(first, last + 1);
    const valueWith = (suffix: string) =>
      series.find((sample) => sample.name === name + suffix)?.value ?? fail(suffix);
    const buckets = series.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => numberOf(labels.le));
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) fail('no +Inf');
    if (bounds.some((bound, index) => index > 0 && !(bound > Number(bounds[index - 1])))) fail('bounds');
    if (buckets.some(({ value }, index) => index > 0 && value < Number(buckets[index - 1]?.value)))
      fail('it shrinks');
    if (buckets.at(-1)?.value !== valueWith('_count')) fail('its count');
    valueWith('_sum');
    buckets.forEach(({ exemplar }, index) => {
      const [below = Number.NEGATIVE_INFINITY, bound = 0] = [bounds[index - 1], bounds[index]];
      if (exemplar && !(exemplar.value > below && exemplar.value <= bound))
        fail('an exemplar of another bucket');
    });
  }
}

/** The samples of a family with these labels, perhaps among others. */
export function samplesOf(
  families: ReadonlyMap<string, ParsedFamily>,
  family: string,
  labels: Readonly<Record<string, string>> = {},
): ParsedSample[] {
  const samples = families.get(family)?.samples ?? [];
  return samples.filter((sample) =>
    Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  );
}
