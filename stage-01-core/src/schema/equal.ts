/** `true` when the two types have the same fields, of the same types; for assertions that hold at compile time. */
export type Equal<A, B> = Fits<A, B> extends true ? Fits<Required<A>, Required<B>> : false;

type Fits<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
