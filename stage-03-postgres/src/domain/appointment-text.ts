import type { FieldProblem } from '@medcenter/stage-02-http/domain';

/** Most characters (Unicode code points) of a reason. */
export const REASON_MAX_LENGTH = 500;

/** What is wrong with the texts that people write at an appointment. */
export function reasonProblems(texts: {
  readonly reason?: unknown;
  readonly cancellationReason?: unknown;
}): FieldProblem[] {
  return (['reason', 'cancellationReason'] as const).flatMap((field) => {
    const message = reasonProblem(texts[field]);
    return message === undefined ? [] : [{ path: `/${field}`, message }];
  });
}

function reasonProblem(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const length = [...text].length;
  if (length > REASON_MAX_LENGTH) return `has ${length} characters: give ${REASON_MAX_LENGTH} at the most`;
  // A NUL cannot be kept by PostgreSQL, half a character by nobody; no other but a line break means anything here.
  if (/[^\P{Cc}\n\r\t]|\p{Cs}/u.test(text)) return 'has a character that is no text: write plain text';
  return undefined;
}
