import { getPatientCase } from './get-patient.ts';
import type { PairedCase } from './paired.ts';

/** All that `npm run bench` can measure; a stage adds its cases here. */
export const CASES: readonly PairedCase[] = [
  getPatientCase('get-patient', 'warn'),
  getPatientCase('get-patient-logged', 'info'),
];
