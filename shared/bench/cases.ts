import { bookingCase } from './booking.ts';
import { cacheHitCase } from './cache-hit.ts';
import { BARE_FASTIFY, BARE_HTTP, getPatientCase } from './get-patient.ts';
import { getPatientPostgresCase } from './get-patient-postgres.ts';
import { growthCase } from './growth.ts';
import { grpcStreamCase } from './grpc-stream.ts';
import { grpcUnaryCase } from './grpc-unary.ts';
import { outboxCase } from './outbox.ts';
import { observedBookingCase, observedGetCase } from './observed.ts';
import type { PairedCase } from './paired.ts';
import { produceCase } from './produce.ts';
import { relayCase } from './relay.ts';

/** All that `npm run bench` can measure; a stage adds its cases here. */
export const CASES: readonly PairedCase[] = [
  getPatientCase('get-patient', { logLevel: 'warn', control: BARE_HTTP }),
  getPatientCase('get-patient-logged', { logLevel: 'info', control: BARE_HTTP }),
  getPatientCase('get-patient-framework', { logLevel: 'warn', control: BARE_FASTIFY }),
  getPatientPostgresCase,
  bookingCase,
  growthCase('postgres'),
  growthCase('sqlite'),
  cacheHitCase,
  outboxCase,
  relayCase,
  produceCase,
  grpcUnaryCase,
  grpcStreamCase,
  observedGetCase,
  observedBookingCase,
];
