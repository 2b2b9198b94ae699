import {
  byStart,
  type SpanPlace,
  type StoredSpan,
  type Trace,
  type TraceSummary,
} from '../observability/index.ts';
import type { Terminal } from '@medcenter/stage-06-grpc/cli';

type View = Pick<Terminal, 'columns' | 'strong'>;

const GAP = '  ';
const MS_WIDTH = 10;
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;
const NARROWEST_NAME = 24;
/** Columns of indentation: what is deeper is drawn as if it were as deep. */
const DEEPEST = 60;
/** Columns in which a line of the list has a whole id, and those that it needs to make sense. */
const [WIDE, NARROW] = [100, 72] as const;

/** A line of the picture: a span, and what stands before its name. */
interface Row {
  readonly span: StoredSpan;
  readonly tree: string;
  /** What stands before whatever else is said about the span. */
  readonly below: string;
}

/** A trace as a tree over all processes, with a bar for when each span was. */
export function drawTrace(trace: Trace, { columns, strong }: View): string {
  const rows = growTree(trace.spans);
  const places = placesOf(rows, columns);
  const time = timeOf(trace.spans);
  const draw = ({ span, tree, below }: Row) => {
    const bar = places.bar > 0 ? GAP + drawBar(span, time, places.bar) : '';
    const name = labelOf(span, tree, places.name).padEnd(places.name);
    const service = fit(clean(span.service), places.service).padEnd(places.service);
    const line = [name, service, milliseconds(span.ms)].join(GAP) + bar;
    return [line.trimEnd(), ...span.links.map((link) => `${below}  linked to ${nameOf(link, trace)}`)];
  };
  return [strong(headline(trace, time)), '', ...rows.flatMap(draw), ...drawLinks(trace)].join('\n');
}

/** Traces at a glance, a line each. Where there is no room for whole ids, half of each is enough to ask for it. */
export function drawTraces(traces: readonly TraceSummary[], { columns, strong }: View): string {
  const digits = columns < WIDE ? 16 : 32;
  const rows = traces.map(({ start, traceId, ms, spans, name }) => [
    `${start.slice(0, 19)}Z`,
    traceId.slice(0, digits),
    milliseconds(ms),
    String(spans).padStart(5),
    clean(name),
  ]);
  const head = ['TIME'.padEnd(20), 'TRACE'.padEnd(digits), 'TOOK'.padStart(MS_WIDTH), 'SPANS', 'NAME'];
  const [first = '', ...others] = [head, ...rows].map((row) => fit(row.join(GAP), Math.max(columns, NARROW)));
  return [strong(first), ...others].join('\n');
}

/** Whose parent is not known is a root, so that none is left out, whatever is missing. */
function growTree(spans: readonly StoredSpan[]): Row[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const hasParent = ({ parentSpanId }: StoredSpan) => parentSpanId !== undefined && known.has(parentSpanId);
  const children = Map.groupBy(spans.filter(hasParent), ({ parentSpanId }) => parentSpanId);
  const rows: Row[] = [];
  const drawn = new Set<StoredSpan>();
  const grow = (root: StoredSpan) => {
    // By a list of what is still to be drawn: a tree may be deeper than the stack.
    const waiting: Row[] = [{ span: root, tree: '', below: '' }];
    for (let row = waiting.pop(); row; row = waiting.pop()) {
      const { span, below } = row;
      if (drawn.has(span)) continue;
      drawn.add(span);
      rows.push(row);
      const own = (children.get(span.spanId) ?? []).toSorted(byStart);
      const last = own.at(-1);
      for (const child of own.toReversed()) {
        const isLast = child === last;
        waiting.push({
          span: child,
          tree: `${below}${isLast ? '└─ ' : '├─ '}`,
          below: below.length >= DEEPEST ? below : `${below}${isLast ? '   ' : '│  '}`,
        });
      }
    }
  };
  for (const span of spans) if (!hasParent(span)) grow(span);
  for (const span of spans) if (!drawn.has(span)) grow(span); // A ring, in a damaged file.
  return rows;
}

/** How wide each column is: the bar has what the others leave, and goes where there is no room for it. */
function placesOf(rows: readonly Row[], columns: number) {
  const widest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, text.length), 0);
  const service = Math.min(
    widest(rows.map(({ span }) => span.service)),
    Math.max(columns - NARROWEST_NAME - MS_WIDTH - 2 * GAP.length, 4),
  );
  const wanted = widest(rows.map(({ span, tree }) => labelOf(span, tree, Number.MAX_SAFE_INTEGER)));
  const free = columns - service - MS_WIDTH - 2 * GAP.length;
  const besideBar = free - GAP.length - NARROWEST_BAR;
  if (besideBar < NARROWEST_NAME) return { name: Math.min(wanted, Math.max(free, 4)), service, bar: 0 };
  const name = Math.min(wanted, besideBar);
  return { name, service, bar: Math.min(free - GAP.length - name, WIDEST_BAR) };
}

/** The name gives way first: how it went is what one looks for. */
function labelOf(span: StoredSpan, tree: string, width: number): string {
  const mark = markOf(span);
  const name = clean(span.name);
  const room = width - tree.length - mark.length;
  return room >= 4 ? tree + fit(name, room) + mark : fit(tree + name + mark, width);
}

/** A refusal is an answer like any other; an error is not. */
function markOf({ status, attributes }: StoredSpan): string {
  const type = attributes['error.type'];
  const code = attributes['http.response.status_code'];
  const isRefused = typeof code === 'number' && code >= 400;
  const what = clean(String(type ?? (isRefused ? code : '')));
  if (status === 'error') return ` [error${what && ` ${what}`}]`;
  return what ? ` [refused ${what}]` : '';
}

interface Time {
  readonly begins: number;
  readonly ms: number;
}

/** In ms with fractions: `Date.parse` would drop those. */
function startOf({ start }: StoredSpan): number {
  const [, fraction = ''] = /\.\d{3}(\d+)/.exec(start) ?? [];
  return Date.parse(start) + Number(`0.${fraction}`);
}

function timeOf(spans: readonly StoredSpan[]): Time {
  const begins = spans.reduce((least, span) => Math.min(least, startOf(span)), Number.POSITIVE_INFINITY);
  const ends = spans.reduce((most, span) => Math.max(most, startOf(span) + span.ms), begins);
  return { begins, ms: ends - begins };
}

/** However short, it is seen. */
function drawBar(span: StoredSpan, { begins, ms }: Time, width: number): string {
  const scale = ms > 0 ? width / ms : 0;
  const from = Math.min(Math.max(Math.floor((startOf(span) - begins) * scale), 0), width - 1);
  const to = Math.min(Math.max(Math.round((startOf(span) - begins + span.ms) * scale), from + 1), width);
  return ' '.repeat(from) + '█'.repeat(to - from);
}

function headline({ traceId, spans }: Trace, { begins, ms }: Time): string {
  const services = new Set(spans.map(({ service }) => service)).size;
  const parts = [
    `trace ${traceId}`,
    new Date(begins).toISOString(),
    milliseconds(ms).trim(),
    count(spans.length, 'span'),
    count(services, 'process', 'processes'),
  ];
  return parts.join(GAP);
}

function drawLinks({ linkedFrom }: Trace): string[] {
  if (linkedFrom.length === 0) return [];
  const lines = linkedFrom.map(
    ({ name, service, traceId }) => `  ${clean(name)} (${clean(service)}), trace ${traceId}`,
  );
  return ['', 'Linked to it are:', ...lines];
}

function nameOf({ traceId, spanId }: SpanPlace, trace: Trace): string {
  const here = trace.spans.find((span) => traceId === trace.traceId && span.spanId === spanId);
  return here ? clean(here.name) : `trace ${traceId}`;
}

const milliseconds = (ms: number) => `${ms.toFixed(ms < 100 ? 2 : 0)} ms`.padStart(MS_WIDTH);

const count = (many: number, one: string, more = `${one}s`) => `${many} ${many === 1 ? one : more}`;

const fit = (text: string, width: number) =>
  text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;

/** A file made by hand can hold characters that would steer the terminal. */
const clean = (text: string) => text.replaceAll(/\p{Cc}/gu, '\ufffd');
