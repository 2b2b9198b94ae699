export interface DebtOptions {
  /** Takes away the copy of this record, and the holds of these writers. Fails while it cannot be done. */
  pay(id: string, holders: readonly string[]): Promise<void>;
  /** After this time a debt does not matter any more. */
  readonly forgetAfterMs: number;
}

export interface Debts {
  /** Something of this holder, about this record, may stand in the cache that nobody takes away. */
  add(id: string, holder: string): void;
  has(id: string): boolean;
  /** Tries once more. */
  close(): Promise<void>;
}

interface Debt {
  readonly since: number;
  readonly holders: readonly string[];
}

const TRY_AGAIN_MS = 250;

/** What the cache could not be told of, to be told as soon as it can. */
export function createDebts({ pay, forgetAfterMs }: DebtOptions): Debts {
  const owed = new Map<string, Debt>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const settle = async (id: string, debt: Debt): Promise<void> => {
    const isOver = performance.now() - debt.since > forgetAfterMs;
    if (!isOver) await pay(id, debt.holders);
    // One that was added meanwhile is another debt.
    if (owed.get(id) === debt) owed.delete(id);
  };
  const settleAll = async () => {
    try {
      for (const [id, debt] of owed) await settle(id, debt);
    } catch {
      // The others would fail as well.
    }
    timer = undefined;
    if (owed.size > 0) later();
  };
  const later = () => {
    if (!closed) timer ??= setTimeout(settleAll, TRY_AGAIN_MS).unref();
  };

  return {
    add(id, holder) {
      owed.set(id, { since: performance.now(), holders: [...(owed.get(id)?.holders ?? []), holder] });
      later();
    },
    has: (id) => owed.has(id),
    async close() {
      closed = true;
      clearTimeout(timer);
      await settleAll();
    },
  };
}
