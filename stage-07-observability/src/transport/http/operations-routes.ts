import type { AccessRules } from '@medcenter/stage-06-grpc/transport/http';
import type { FastifyInstance } from 'fastify';
import { EXPOSITION_TYPES, type ExpositionType } from '../../observability/index.ts';
import type { Readiness } from './readiness.ts';

export interface OperationsRouteOptions {
  readonly readiness: Readiness;
  /** The numbers, written in the format that was asked for. */
  metrics(type: ExpositionType): Promise<string>;
}

/** Prometheus and a platform's probes have no session: who may reach the port is for the network to say. */
export const operationsAccessRules: AccessRules = {
  'GET /metrics': 'anybody',
  'GET /ready': 'anybody',
};

const health = { enum: ['up', 'degraded', 'down'] };

const readinessSchema = {
  type: 'object',
  required: ['status', 'checks'],
  properties: { status: health, checks: { type: 'object', additionalProperties: health } },
};

const allUp = { storage: 'up', cache: 'up', events: 'up', schedule: 'up' };

/** What watches the program asks: `/ready`, whether to send it work, and `/metrics`, its numbers. */
export async function operationsRoutes(
  app: FastifyInstance,
  { readiness, metrics }: OperationsRouteOptions,
): Promise<void> {
  const tags = ['operations'];

  const readySchema = {
    tags,
    summary: 'Whether to send requests here, and how each thing does that the program needs',
    description:
      'A helper that is down makes it `degraded`, and it goes on. `down` while the program ends, or without storage.',
    response: {
      200: {
        description: 'Send them.',
        ...readinessSchema,
        examples: [{ status: 'degraded', checks: { ...allUp, cache: 'down' } }],
      },
      503: {
        description: 'Send them elsewhere.',
        ...readinessSchema,
        examples: [{ status: 'down', checks: { ...allUp, storage: 'down' } }],
      },
    },
  };
  app.get('/ready', { schema: readySchema }, async (_request, reply) => {
    const report = await readiness.read();
    return reply
      .code(report.status === 'down' ? 503 : 200)
      .header('cache-control', 'no-store')
      .send(report);
  });

  const text = { schema: { type: 'string' } };
  const metricsSchema = {
    tags,
    summary: 'Numbers for Prometheus; in the format of OpenMetrics, with exemplars, for those who accept it',
    response: {
      200: {
        description: 'Text format 0.0.4, or OpenMetrics 1.0.0.',
        content: { 'text/plain': text, 'application/openmetrics-text': text },
      },
    },
  };
  app.get('/metrics', { schema: metricsSchema }, async ({ headers }, reply) => {
    const type = EXPOSITION_TYPES[prefersOpenMetrics(headers.accept) ? 'openMetrics' : 'prometheus'];
    return reply
      .header('cache-control', 'no-store')
      .type(type)
      .send(await metrics(type));
  });
}

/** RFC 9110 section 12.5.1, for the two types that there are. Whoever takes anything gets the older one. */
function prefersOpenMetrics(accept = ''): boolean {
  const ranges = accept.split(',').map((range) => range.trim().toLowerCase());
  const weightOf = (type: string) => {
    const weights = ranges
      .filter((range) => range.split(';', 1)[0]?.trimEnd() === type)
      .map((range) => Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1));
    return Math.max(0, ...weights);
  };
  const weight = weightOf('application/openmetrics-text');
  return weight > 0 && weight >= weightOf('text/plain');
}
