/** Something in a lesson that does not hold. */
export interface Problem {
  /** In the lesson's file, from 1. */
  readonly line: number;
  readonly message: string;
}

export function describeProblems(lesson: string, problems: readonly Problem[]): string {
  return problems.map(({ line, message }) => `${lesson}:${line}: ${message}`).join('\n\n');
}
