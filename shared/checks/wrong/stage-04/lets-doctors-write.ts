import { main, type Wrong } from './base.ts';

/** Takes doctors for people who may correct a patient's record. */
export const wrong: Wrong = { caughtBy: 'doctor-reads-and-does-not-write' };

if (import.meta.main)
  await main({
    rules: (rules) => ({
      ...rules,
      'PUT /api/v1/patients/:id': { admin: 'all', receptionist: 'all', doctor: 'all' },
    }),
  });
