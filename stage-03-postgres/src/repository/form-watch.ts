import { TokenType } from '@streamparser/json';

interface Token {
  readonly token: TokenType;
  readonly value: unknown;
}

export interface FormWatch {
  /** Takes each token as it comes. Throws at a field that the form has not, and at a list that is none. */
  read(token: Token): void;
  /** Which fields have not come. */
  missing(): string[];
}

/** Reads along with a parser, and sees that the outermost object has the fields that it has to have, and no others. */
export function createFormWatch(form: Readonly<Record<string, 'list' | 'value'>>): FormWatch {
  const seen = new Set<string>();
  let depth = 0;
  let before: Token | undefined;
  let field: string | undefined;
  return {
    read(now) {
      const { token } = now;
      if (field !== undefined && form[field] === 'list' && token !== TokenType.LEFT_BRACKET) {
        throw new Error(`${field} is no list`);
      }
      field = depth === 1 && token === TokenType.COLON ? String(before?.value) : undefined;
      if (field !== undefined) {
        if (!Object.hasOwn(form, field)) throw new Error(`${field} is not a field of a data file`);
        seen.add(field);
      }
      if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) depth += 1;
      if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth -= 1;
      before = now;
    },
    missing: () => Object.keys(form).filter((name) => !seen.has(name)),
  };
}
