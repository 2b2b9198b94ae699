import { join } from 'node:path';
import { ROOT } from '../stages.ts';
import type { Suite } from './harness.ts';
import { prepareDesk } from './stage-05.ts';
import { suite as ofStage6 } from './stage-06.ts';
import type { Desk } from './stage-07/check.ts';
import { logChecks } from './stage-07/logs.ts';
import { metricsChecks } from './stage-07/metrics.ts';
import { probeChecks } from './stage-07/probes.ts';
import { shutdownChecks } from './stage-07/shutdown.ts';
import { spanChecks } from './stage-07/spans.ts';
import { traceChecks } from './stage-07/traces.ts';

const settings = { GRPC_PORT: '0', SPANS_FOLDER: 'spans', EVENT_LOOP_DELAY_LIMIT_MS: '0' };

const reference = [process.execPath, join(ROOT, 'stage-07-observability', 'src', 'main.ts')];

/** The checks of this stage alone. */
export const ownChecks = [
  ...metricsChecks,
  ...probeChecks,
  ...logChecks,
  ...traceChecks,
  ...spanChecks,
  ...shutdownChecks,
];

/**
 * Stage 7: what a program tells of itself, and how it ends. Nothing that was promised before has changed, so those
 * checks come first. The reference keeps its spans in the folder of each program, and not in its own; and it refuses
 * nobody because the machine is busy, which three programs at a time make of a small one.
 */
export const suite: Suite<Desk> = {
  title: 'Stage 7, metrics, logs, traces, probes and a graceful end',
  reference,
  serves: true,
  signsIn: true,
  checks: [...ofStage6.checks, ...ownChecks],
  prepare: (subject, stack) => prepareDesk(subject, stack, { reference, settings }),
};
