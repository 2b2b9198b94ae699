import type { FieldProblem, Patient } from '@medcenter/stage-01-core/domain';

/** The fields that the system keeps for itself. */
export const READ_ONLY_FIELDS = ['id', 'version', 'createdAt', 'updatedAt'] as const;
export type ReadOnlyFields = Pick<Patient, (typeof READ_ONLY_FIELDS)[number]>;

/** A client may send back what it read; it may not change what is not its to change. */
export function readOnlyProblems(record: ReadOnlyFields, given: Partial<ReadOnlyFields>): FieldProblem[] {
  return READ_ONLY_FIELDS.filter((field) => given[field] !== undefined && given[field] !== record[field]).map(
    (field) => ({
      path: `/${field}`,
      message: `cannot be changed: leave it out, or send ${record[field]}`,
    }),
  );
}
