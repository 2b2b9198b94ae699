/** `true` when each of the two types fits the other; for assertions that hold at compile time. */
export type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
