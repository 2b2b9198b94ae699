/** `true` when the two types have the same fields, of the same types; for assertions that hold at compile time. */
export type Equal<A, B> = Fits<A, B> extends true ? Fits<Required<A>, Required<B>> : false;

type Fits<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** The fields that a schema names, where it lets others pass too. */
export type Named<Schema extends { readonly properties: object }, Value> = Pick<
  Value,
  keyof Schema['properties'] & keyof Value
>;
