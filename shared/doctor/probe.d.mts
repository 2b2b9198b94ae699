import type { Probe } from './checks.mjs';

/** The real machine, and the repository at `root`. */
export function openProbe(root: string): Probe;
