/** The steps of an ending, by name, so that one that does not end can be named. */
export interface ClosingSteps {
  /** A part of the stack: what is opened on it is closed together, and known by this name until it is. */
  part(stack: AsyncDisposableStack, name: string): AsyncDisposableStack;
  /** Those that are not done, in the order in which they are closed: the first is the one that others wait for. */
  unclosed(): readonly string[];
}

export function createClosingSteps(): ClosingSteps {
  const open: string[] = [];
  return {
    part(stack, name) {
      const part = new AsyncDisposableStack();
      open.unshift(name); // As on the stack: what came last is closed first.
      stack.defer(async () => {
        await part.disposeAsync();
        open.splice(open.indexOf(name), 1);
      });
      return part;
    },
    unclosed: () => [...open],
  };
}
