import { setTimeout as sleep } from 'node:timers/promises';
import { openSpanFile, openTracing, type StoredSpan } from '../src/observability/index.ts';

let last = 0;

/** An id of so many hexadecimal digits that nobody else in this process has. */
export function newId(digits: 16 | 32): string {
  last += 1;
  return last
    .toString(16)
    .padStart(6, '0')
    .padEnd(digits, digits === 32 ? 'a' : 'b');
}

export function sampleSpan(overrides: Partial<StoredSpan> = {}): StoredSpan {
  return {
    traceId: newId(32),
    spanId: newId(16),
    name: 'GET /x',
    kind: 'internal',
    service: 'medcenter',
    start: '2026-05-04T08:00:00.000000Z',
    ms: 1,
    status: 'unset',
    attributes: {},
    links: [],
    ...overrides,
  };
}

/** So many ms after the time of `sampleSpan`. */
export const at = (ms: number) => `2026-05-04T08:00:${(ms / 1_000).toFixed(6).padStart(9, '0')}Z`;

export const linesOf = (spans: readonly StoredSpan[]) =>
  spans.map((span) => `${JSON.stringify(span)}\n`).join('');

export const REQUEST_ID = 'desk-7/2026';

/** A booking in two processes, told later to a third span that is linked to it. Answers the trace's id. */
export async function traceBooking(folder: string): Promise<string> {
  const openOf = (service: string) =>
    openTracing({ service, ratio: 1, exporter: openSpanFile(folder, service) });
  const [api, schedule] = [openOf('medcenter'), openOf('medcenter-schedule')];
  const attributes = { 'medcenter.request_id': REQUEST_ID, 'http.response.status_code': 201 };
  const request = { kind: 'server', attributes } as const;
  const traceId = await api.span('POST /api/v1/appointments', request, async () => {
    await api.span('SignIn.check', {}, () => sleep(2));
    await api.span('ScheduleClient.bookSlot', { kind: 'client' }, () =>
      schedule.span('ScheduleService/BookSlot', { kind: 'server', parent: api.outgoing() }, () => sleep(5)),
    );
    await api.span('relay', { links: [api.outgoing()], parent: {} }, () => sleep(1));
    return api.ids()?.trace_id ?? '';
  });
  await Promise.all([api.close(), schedule.close()]);
  return traceId;
}
