import { main, type Wrong } from './base.ts';

/** Asks whether somebody is a doctor, and not of whom. */
export const wrong: Wrong = { caughtBy: 'doctor-moves-their-own-appointments-alone' };

if (import.meta.main) await main({ access: { isOwn: async () => true } });
