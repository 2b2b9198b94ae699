import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

/** How one variable is read. */
export interface Variable<T> {
  /** What the variable wants, for people: it ends the sentence "PORT wants …". */
  readonly wants: string;
  /** Used when the variable is unset or empty. */
  readonly fallback: T;
  /** The value, or undefined when the text is not what the variable wants. */
  parse(text: string): T | undefined;
  /** Its text is shown nowhere. */
  readonly secret?: boolean;
}

export type Variables = Readonly<Record<string, Variable<unknown>>>;
export type ConfigOf<Table extends Variables> = {
  readonly [Name in keyof Table]: Table[Name] extends Variable<infer T> ? T : never;
};

/** @throws ConfigError with one line for each variable that holds something wrong */
export function readConfig<Table extends Variables>(
  variables: Table,
  environment: Environment,
): ConfigOf<Table> {
  const problems: string[] = [];
  const entries = Object.entries(variables).map(([name, { wants, fallback, parse, secret }]) => {
    const held = environment[name];
    if (held === undefined || held === '') return [name, fallback];
    const value = parse(held);
    if (value === undefined)
      problems.push(`${name} holds ${secret ? 'a secret' : JSON.stringify(held)}, and wants ${wants}`);
    return [name, value];
  });
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.fromEntries(entries);
}

/** A variable that takes any text. */
export function text({ wants, fallback }: { wants: string; fallback: string }): Variable<string> {
  return { wants, fallback, parse: (held) => held };
}
