import { type Metric, type MetricObjectWithValues, type MetricValueWithName, Registry } from 'prom-client';

/** The media types of an exposition: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const EXPOSITION_TYPES = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  /** With exemplars. */
  openMetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const;

export type ExpositionType = (typeof EXPOSITION_TYPES)[keyof typeof EXPOSITION_TYPES];

/** Exemplars are there, and missing in the types; a number that was none has become null on its way as JSON. */
type Sample = Omit<MetricValueWithName<string>, 'value'> & { readonly value: number | null };
type Family = Omit<MetricObjectWithValues<MetricValueWithName<string>>, 'values'> & {
  readonly values: readonly Sample[];
};

/**
 * The numbers of this process and of others, as one text. The others' are what `getMetricsAsJSON` of their registries
 * answers. What two count under one name and the same labels is summed; of a gauge, ours is the one that is told.
 *
 * prom-client's own `AggregatorRegistry.aggregate` loses the exemplars. And a registry that is switched to OpenMetrics
 * renames its counters for good, so that a later answer in the other format has them wrong: here each answer has a
 * registry of its own.
 */
export async function mergeMetrics(
  own: Registry,
  others: readonly (readonly object[])[],
  type: ExpositionType,
): Promise<string> {
  const answer = new Registry<ExpositionType>();
  answer.setContentType(type);
  // Each is as `getMetricsAsJSON` has it, some after a way as JSON.
  const all = [await own.getMetricsAsJSON(), ...others].flat() as Family[];
  for (const families of Map.groupBy(all, ({ name }) => name).values()) {
    const family = merge(families, type);
    // All of a metric that a registry asks for.
    if (family) answer.registerMetric({ ...family, get: async () => family } as unknown as Metric);
  }
  return answer.metrics();
}

function merge(families: readonly Family[], type: ExpositionType): Family | undefined {
  const [first] = families;
  if (!first) return undefined;
  const kind = String(first.type);
  const samples = new Map<string, Sample>();
  for (const sample of families.flatMap(({ values }) => values)) {
    const key = keyOf(sample);
    const known = samples.get(key);
    if (!known) samples.set(key, { ...sample, value: sample.value ?? Number.NaN });
    else if (kind !== 'gauge')
      samples.set(key, { ...known, value: Number(known.value) + Number(sample.value) });
  }
  // In OpenMetrics a counter's family is named without the suffix that its samples have.
  const isCounter = kind === 'counter' && type === EXPOSITION_TYPES.openMetrics;
  const name = isCounter ? first.name.replace(/_total$/, '') : first.name;
  return { ...first, name, values: [...samples.values()] };
}

function keyOf({ metricName = '', labels }: Sample): string {
  return JSON.stringify([metricName, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
