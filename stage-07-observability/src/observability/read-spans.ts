import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SPAN_KINDS, SPAN_STATUSES } from './span-form.ts';
import { SPAN_FILE } from './span-form.ts';

/** Where a span is: in which trace, and which one in it. */
export interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
}

/** A span as it lies in a file. */
export interface StoredSpan extends SpanPlace {
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: (typeof SPAN_KINDS)[number];
  readonly service: string;
  /** RFC 3339, with microseconds. */
  readonly start: string;
  /** How long it took. */
  readonly ms: number;
  readonly status: (typeof SPAN_STATUSES)[number];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly SpanPlace[];
}

/** A trace, with the spans of others that are linked to it. */
export interface Trace {
  readonly traceId: string;
  /** In the order in which they began. */
  readonly spans: readonly StoredSpan[];
  readonly linkedFrom: readonly StoredSpan[];
}

export interface TraceSummary {
  readonly traceId: string;
  readonly start: string;
  /** Of its root, or, where that is not known, of the span that began first. */
  readonly name: string;
  readonly service: string;
  readonly ms: number;
  readonly spans: number;
}

/** The attribute of the span that answers a request. */
export const REQUEST_ID_ATTRIBUTE = 'medcenter.request_id';

/** All traces that a person may mean: by an id, by the beginning of one, or by the id of a request. The newest first. */
export async function findTraces(folder: string, wanted: string): Promise<TraceSummary[]> {
  const prefix = /^[0-9a-f]{1,32}$/i.test(wanted) ? wanted.toLowerCase() : undefined;
  const ids = new Set<string>();
  // Most lines are not worth to be understood.
  const mayMean = [prefix && `"traceId":"${prefix}`, JSON.stringify(wanted)].filter(
    (text) => text !== undefined,
  );
  for await (const span of readSpans(folder, (line) => mayMean.some((text) => line.includes(text)))) {
    const isMeant =
      span.attributes[REQUEST_ID_ATTRIBUTE] === wanted ||
      (prefix !== undefined && span.traceId.startsWith(prefix));
    if (isMeant) ids.add(span.traceId);
  }
  return ids.size === 0 ? [] : summarize(folder, (traceId) => ids.has(traceId));
}

/** Those that began last, the newest first. */
export async function lastTraces(folder: string, count = 10): Promise<TraceSummary[]> {
  return (await summarize(folder, () => true)).slice(0, count);
}

export async function readTrace(folder: string, traceId: string): Promise<Trace> {
  const spans = new Map<string, StoredSpan>();
  const linkedFrom = new Map<string, StoredSpan>();
  for await (const span of readSpans(folder, (line) => line.includes(traceId))) {
    if (span.traceId === traceId) spans.set(span.spanId, span);
    else if (span.links.some((link) => link.traceId === traceId)) linkedFrom.set(span.spanId, span);
  }
  return { traceId, spans: inOrder(spans), linkedFrom: inOrder(linkedFrom) };
}

const inOrder = (spans: ReadonlyMap<string, StoredSpan>) => [...spans.values()].toSorted(byStart);

/** All are in UTC, with as many digits: their letters sort as their times. */
export const byStart = (one: StoredSpan, other: StoredSpan) =>
  one.start < other.start ? -1 : Number(one.start > other.start);

async function summarize(folder: string, isMeant: (traceId: string) => boolean): Promise<TraceSummary[]> {
  const traces = new Map<string, { root: StoredSpan; spans: number }>();
  for await (const span of readSpans(folder)) {
    if (!isMeant(span.traceId)) continue;
    const known = traces.get(span.traceId);
    if (!known) traces.set(span.traceId, { root: span, spans: 1 });
    else {
      known.spans += 1;
      known.root = moreOfARoot(known.root, span);
    }
  }
  return [...traces.values()]
    .toSorted((one, other) => byStart(other.root, one.root))
    .map(({ root: { traceId, start, name, service, ms }, spans }) => ({
      traceId,
      start,
      name,
      service,
      ms,
      spans,
    }));
}

function moreOfARoot(one: StoredSpan, other: StoredSpan): StoredSpan {
  const isRoot = ({ parentSpanId }: StoredSpan) => parentSpanId === undefined;
  if (isRoot(one) !== isRoot(other)) return isRoot(one) ? one : other;
  return byStart(one, other) <= 0 ? one : other;
}

/** All spans of a folder whose lines are wanted. What is no span is passed over: half a line of a program that died. */
async function* readSpans(
  folder: string,
  isWanted: (line: string) => boolean = () => true,
): AsyncGenerator<StoredSpan> {
  for (const file of await spanFiles(folder)) {
    try {
      for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
        const span = isWanted(line) ? parseSpan(line) : undefined;
        if (span) yield span;
      }
    } catch (error) {
      // It was put aside, or away, at this moment.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

async function spanFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith(SPAN_FILE))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (isMissing) return [];
    throw error;
  }
}

function parseSpan(line: string): StoredSpan | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isSpan(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isSpan(value: unknown): value is StoredSpan {
  if (typeof value !== 'object' || value === null) return false;
  const { traceId, spanId, parentSpanId, name, service, start, ms, attributes, links } = value as Record<
    string,
    unknown
  >;
  return (
    isId(traceId, 32) &&
    isId(spanId, 16) &&
    (parentSpanId === undefined || isId(parentSpanId, 16)) &&
    typeof name === 'string' &&
    typeof service === 'string' &&
    typeof start === 'string' &&
    !Number.isNaN(Date.parse(start)) &&
    typeof ms === 'number' &&
    typeof attributes === 'object' &&
    attributes !== null &&
    Array.isArray(links) &&
    links.every((link) => isId(link?.traceId, 32) && isId(link?.spanId, 16))
  );
}

const isId = (value: unknown, digits: number) =>
  typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value);
