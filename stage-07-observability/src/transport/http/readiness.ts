/** `degraded`: it answers, and does less than it should. */
export type CheckResult = 'up' | 'degraded' | 'down';

export interface ReadinessReport {
  /** `down`: send nobody here. `degraded`: come, though something is missing. */
  readonly status: CheckResult;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

export interface Readiness {
  read(): Promise<ReadinessReport>;
}

export interface ReadinessOptions {
  /** What the program needs, by name. A check that fails says `down`. */
  readonly checks: Readonly<Record<string, () => Promise<CheckResult>>>;
  /** The needs without which the program is of no use. All others are helpers: without them it does less. */
  readonly essential: readonly string[];
  isStopping(): boolean;
  /** What has not answered by then is down. */
  readonly timeoutMs?: number;
  /** For so long a result is good for all who ask: probes, however many, must not load the database. */
  readonly keepMs?: number;
  /** Milliseconds of any clock that goes only forward. */
  now?(): number;
}

/** Whether the program should be sent work, and what it finds of its needs. */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { checks, essential, isStopping, timeoutMs = 1_000, keepMs = 250 } = options;
  const { now = () => performance.now() } = options;
  let latest: { found: Promise<ReadinessReport['checks']>; until: number } | undefined;
  let known: ReadinessReport['checks'] | undefined;

  const look = async () => {
    const entries = Object.entries(checks).map(
      async ([name, check]) => [name, await inTime(check, timeoutMs)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  };

  const share = () => {
    if (latest && now() < latest.until) return latest.found;
    // Until it is there, it is the answer to all.
    const current = { found: look(), until: Number.POSITIVE_INFINITY };
    current.found.then((checks) => {
      known = checks;
      current.until = now() + keepMs;
    });
    latest = current;
    return current.found;
  };

  return {
    async read() {
      // Who asks whether to go on sending requests here must know at once.
      if (isStopping() && known) return { status: 'down', checks: known };
      const found = await share();
      // Asked each time, and last: from the signal to end on, no answer says `come`.
      const isDown = isStopping() || essential.some((name) => found[name] === 'down');
      const isWhole = Object.values(found).every((health) => health === 'up');
      return { status: isDown ? 'down' : isWhole ? 'up' : 'degraded', checks: found };
    },
  };
}

async function inTime(check: () => Promise<CheckResult>, timeoutMs: number): Promise<CheckResult> {
  const late = Promise.withResolvers<CheckResult>();
  const timer = setTimeout(() => late.resolve('down'), timeoutMs);
  try {
    return await Promise.race([check(), late.promise]);
  } catch {
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}
