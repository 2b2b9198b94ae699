import type { MetricObject, Registry } from 'prom-client';
import type { Supervised } from '@medcenter/stage-06-grpc/app';

/** A program that works for another one has no address that somebody could ask: its parent asks for it. */
interface Question {
  readonly metricsFor: number;
}

interface Answer extends Question {
  readonly metrics: readonly MetricObject[];
}

/** How long a child may take: who asked for the metrics does not wait longer for them. */
const PATIENCE_MS = 500;

/** For the child: answers its parent's questions, as long as both are there. It keeps nothing alive. */
export function tellMetrics(registry: Registry): void {
  process.on('message', (message) => {
    if (!isQuestion(message)) return;
    void registry.getMetricsAsJSON().then((metrics) => {
      if (process.connected) process.send?.({ ...message, metrics } satisfies Answer);
    });
  });
  process.channel?.unref();
}

export interface MetricsOfChild {
  /** To be told of each message of the child. */
  hear(message: unknown): void;
  /** What the child counts; nothing when it is not there, or does not answer in time. */
  read(child: Pick<Supervised, 'send'>): Promise<readonly MetricObject[]>;
}

/** For the parent. */
export function createMetricsOfChild(): MetricsOfChild {
  const waiting = new Map<number, (metrics: readonly MetricObject[]) => void>();
  let questions = 0;
  return {
    hear(message) {
      if (isQuestion(message) && 'metrics' in message) {
        waiting.get(message.metricsFor)?.((message as Answer).metrics);
      }
    },
    read(child) {
      const { promise, resolve } = Promise.withResolvers<readonly MetricObject[]>();
      const metricsFor = questions++;
      const end = (metrics: readonly MetricObject[]) => {
        clearTimeout(limit);
        waiting.delete(metricsFor);
        resolve(metrics);
      };
      const limit = setTimeout(() => end([]), PATIENCE_MS);
      waiting.set(metricsFor, end);
      child.send({ metricsFor } satisfies Question);
      return promise;
    },
  };
}

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'metricsFor' in message;
}
