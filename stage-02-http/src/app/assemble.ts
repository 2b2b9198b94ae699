/**
 * Builds something out of parts that have to be closed. When building fails, the parts that were opened are closed
 * again, the last one first; when it succeeds, disposing of the result closes them.
 */
export async function assemble<T extends object>(
  build: (stack: AsyncDisposableStack) => Promise<T>,
): Promise<T & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const built = await build(stack);
  const opened = stack.move();
  return { ...built, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
