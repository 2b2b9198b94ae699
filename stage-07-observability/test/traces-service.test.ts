import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { notFound } from '../src/domain/index.ts';
import { withSpans } from '../src/service/index.ts';
import { allTold, collect, createTraces, namesOf, spanOf } from './traces-support.ts';

function createDesk() {
  return {
    title: 'desk',
    register: async (name: string) => ({ name }),
    find: async (id: string): Promise<string> => {
      throw notFound('patient', id);
    },
    break: async () => {
      throw new TypeError('a secret in a message');
    },
    count: () => 3,
    async *watch(until: number) {
      for (let n = 0; n < until; n++) yield n;
    },
  };
}

suite('the spans of a service', () => {
  test('are named by it and the call, and hold nothing of what it was called with', async (t) => {
    const { tracing, end } = createTraces(t);
    const desk = withSpans('Desk', createDesk(), tracing);
    assert.equal(desk.title, 'desk');
    assert.deepEqual(await desk.register('Secret'), { name: 'Secret' });
    assert.equal(desk.count(), 3);
    const spans = await end();
    assert.deepEqual(namesOf(spans), ['Desk.register', 'Desk.count']);
    assert.equal(spans[0]?.kind, SpanKind.INTERNAL);
    assert.doesNotMatch(allTold(spans), /Secret/);
  });

  test('stand in each other as the calls do', async (t) => {
    const { tracing, end } = createTraces(t);
    const inner = withSpans('Inner', createDesk(), tracing, 'client');
    const outer = withSpans('Outer', { register: (name: string) => inner.register(name) }, tracing);
    await outer.register('x');
    const spans = await end();
    const [within, around] = [spanOf(spans, 'Inner.register'), spanOf(spans, 'Outer.register')];
    assert.equal(within.parentSpanContext?.spanId, around.spanContext().spanId);
    assert.equal(within.spanContext().traceId, around.spanContext().traceId);
    assert.equal(within.kind, SpanKind.CLIENT);
  });

  test('tell a refusal from a failure, and both reach the caller', async (t) => {
    const { tracing, end } = createTraces(t);
    const desk = withSpans('Desk', createDesk(), tracing);
    await assert.rejects(desk.find('42'), { code: 'not_found' });
    await assert.rejects(desk.break(), TypeError);
    const spans = await end();
    const [refused, failed] = [spanOf(spans, 'Desk.find'), spanOf(spans, 'Desk.break')];
    assert.deepEqual(
      [refused.status.code, refused.attributes['error.type']],
      [SpanStatusCode.UNSET, 'not_found'],
    );
    assert.deepEqual(
      [failed.status.code, failed.attributes['error.type']],
      [SpanStatusCode.ERROR, 'TypeError'],
    );
    assert.doesNotMatch(allTold(spans), /secret/);
  });

  test('let streams through', async (t) => {
    const { tracing } = createTraces(t);
    const desk = withSpans('Desk', createDesk(), tracing);
    assert.deepEqual(await collect(desk.watch(3)), [0, 1, 2]);
  });
});
