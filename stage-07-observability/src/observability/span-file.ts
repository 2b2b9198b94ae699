import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HrTime } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { StoredSpan } from './read-spans.ts';
import { SPAN_FILE, SPAN_KINDS, SPAN_STATUSES } from './span-form.ts';

export interface SpanFileOptions {
  /** The file is put aside when it would grow beyond this; the one that was put aside before is gone then. */
  readonly maxBytes?: number;
  /** Told once when spans begin to be lost, with the reason, and once, without one, when they are kept again. */
  onChange?(error?: unknown): void;
}

const MAX_BYTES = 16 * 1024 * 1024;
/** A disk that hangs must not fill the memory. */
const MAX_WAITING = 8;

/**
 * Writes spans into `<folder>/<service>.jsonl`, a line of JSON each. Several processes may write into one file: each
 * batch is one write at its end. What cannot be written is lost, and hurts nobody.
 */
export function openSpanFile(
  folder: string,
  service: string,
  { maxBytes = MAX_BYTES, onChange = () => {} }: SpanFileOptions = {},
): SpanExporter {
  const file = join(folder, `${service}${SPAN_FILE}`);
  const older = join(folder, `${service}.1${SPAN_FILE}`);
  let last = Promise.resolve();
  let waiting = 0;
  let isLosing = false;

  const write = async (spans: readonly ReadableSpan[]): Promise<ExportResult> => {
    try {
      const lines = spans.map((span) => `${JSON.stringify(storedSpan(span, service))}\n`).join('');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await makeRoom({ file, older, needed: Buffer.byteLength(lines), maxBytes });
      // A write that failed may have left half a line.
      await append(file, isLosing ? `\n${lines}` : lines);
      if (isLosing) onChange();
      isLosing = false;
      return { code: ExportResultCode.SUCCESS };
    } catch (error) {
      if (!isLosing) onChange(error);
      isLosing = true;
      return { code: ExportResultCode.FAILED };
    }
  };

  return {
    export(spans, done) {
      if (waiting >= MAX_WAITING) return done({ code: ExportResultCode.FAILED });
      waiting += 1;
      last = last
        .then(() => write(spans))
        .then((result) => {
          waiting -= 1;
          done(result);
        });
    },
    forceFlush: () => last,
    shutdown: () => last,
  };
}

interface Room {
  readonly file: string;
  readonly older: string;
  readonly needed: number;
  readonly maxBytes: number;
}

/** Another process may do the same at this moment: then what is put aside is short, and no more than that is lost. */
async function makeRoom({ file, older, needed, maxBytes }: Room): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0 || size + needed <= maxBytes) return;
  await rename(file, older).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error; // The other process was faster.
  });
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  try {
    const { bytesWritten } = await handle.write(text);
    if (bytesWritten < Buffer.byteLength(text)) throw new Error('the disk took only a part of the spans');
  } finally {
    await handle.close();
  }
}

function storedSpan(span: ReadableSpan, service: string): StoredSpan {
  const { traceId, spanId } = span.spanContext();
  const parent = span.parentSpanContext?.spanId;
  return {
    traceId,
    spanId,
    ...(parent !== undefined && { parentSpanId: parent }),
    name: span.name,
    kind: SPAN_KINDS[span.kind] ?? 'internal',
    service,
    start: instantOf(span.startTime),
    ms: Math.round(span.duration[0] * 1e6 + span.duration[1] / 1e3) / 1e3,
    status: SPAN_STATUSES[span.status.code] ?? 'unset',
    attributes: span.attributes,
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
  };
}

/** RFC 3339 with microseconds: `Date` alone knows milliseconds, and much happens within one. */
function instantOf([seconds, nanoseconds]: HrTime): string {
  const second = new Date(seconds * 1_000).toISOString().slice(0, 19);
  return `${second}.${String(Math.floor(nanoseconds / 1_000)).padStart(6, '0')}Z`;
}
