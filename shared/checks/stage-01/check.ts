import type { Check } from '../harness.ts';
import type { Program } from '../program.ts';

/** A check of this stage: it has a folder of its own, and the program to call there. */
export type ProgramCheck = Check<Program>;

type Anchor =
  | 'the-contract'
  | 'try-it'
  | 'break-it'
  | 'names-have-a-normal-form'
  | 'a-birth-date-is-text'
  | 'time-and-ids-are-handed-in';

export const lesson = (anchor: Anchor) => `stage-01-core/README.md#${anchor}`;

/** Why a check of links and permission bits does not run on Windows. */
export const onlyPosix =
  process.platform === 'win32' ? 'Windows has other links and no permission bits' : undefined;
