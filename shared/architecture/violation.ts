/** Every rule by its name; rules.test.ts plants a breach of each. */
export const ruleNames = [
  'forward-import',
  'skipped-stage',
  'stage-door',
  'shared-import',
  'outside-import',
  'undeclared-package',
  'test-import',
  'unknown-layer',
  'layer-arrow',
  'layer-door',
  'domain-pure',
  'environment',
  'missing-door',
  'door-first',
  'shadowed-name',
  'name-twice',
] as const;
export type RuleName = (typeof ruleNames)[number];

/** One breach of a rule: where, which, what is wrong and how to mend it. */
export interface Violation {
  /** From the repository's root, with `/` between its parts. */
  file: string;
  line: number;
  rule: RuleName;
  /** A clause, and a sentence that says the remedy. */
  what: string;
  remedy: string;
}

export function formatViolation({ file, line, rule, what, remedy }: Violation): string {
  return `${file}:${line} ${rule} — ${what}. ${remedy}`;
}

/** `a, b or c`. */
export function either(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
