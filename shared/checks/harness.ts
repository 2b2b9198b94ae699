/** One thing done to the program under judgement: what went in, what came out, how to do it again by hand. */
export interface Exchange {
  sent: string;
  received: string;
  /** Lines for a shell, whole: they begin in an empty folder. */
  repeat: string;
}

export interface Check<Context = unknown> {
  /** In kebab-case, and for good: people and programs name checks by it. */
  name: string;
  /** One sentence: what goes wrong in life where this does not hold. */
  why: string;
  hint: string;
  /** Where the lesson speaks of it, such as `stage-01-core/README.md#try-it`. */
  lesson: string;
  /** It wants the machine for itself, and runs after the others. */
  alone?: boolean;
  /** It starts or ends the program, or looks into its files or its log: of a server that merely runs it says nothing. */
  wantsProgram?: boolean;
  /** It looks into the Redis server that the program uses: without one it says nothing. */
  wantsRedis?: boolean;
  /** It reads and writes the topics of the Kafka that the program uses: without one it says nothing. */
  wantsKafka?: boolean;
  /** The reason why this machine cannot judge it, where it cannot. */
  skip?: string | undefined;
  run(context: Context): Promise<void>;
}

/** What is judged: a program, or a server that somebody runs already. */
export interface Subject {
  /** Empty where there is a `url`. */
  command: readonly string[];
  /** Where that server answers, such as `http://127.0.0.1:3000`. */
  url?: string;
  /** A PostgreSQL database for the program to keep its data in, from stage 3 on; it may be a used one. */
  databaseUrl?: string;
  /** A Redis server for the programs, each with keys of its own, from stage 4 on. */
  redisUrl?: string;
  /** Kafka for the programs, `host:port` with commas between them, each with topics of its own, from stage 5 on. */
  kafkaBrokers?: string;
  /** Who may do everything, where that is not for the checks to choose: from stage 4 on. */
  account?: Credentials;
}

export interface Credentials {
  username: string;
  password: string;
}

/**
 * The checks of one stage, and how to get at a program of that stage. `prepare` is called once a run and
 * gives a factory, which is called once a check. What they open they put on the stack that they are handed;
 * it is closed after the run, and after the check. So a stage decides alone what it starts how often.
 */
export interface Suite<Context = unknown> {
  title: string;
  /** The command that runs the stage's own program. */
  reference: readonly string[];
  /** The program is a server, so one that runs already can be judged too. */
  serves?: boolean;
  /** Its server answers those alone who have signed in. */
  signsIn?: boolean;
  checks: readonly Check<Context>[];
  prepare(
    subject: Subject,
    stack: AsyncDisposableStack,
  ): Promise<(stack: AsyncDisposableStack) => Promise<Context>>;
}

export interface Failure extends Exchange {
  expected: string;
}

export interface Result {
  check: Check;
  outcome: 'passed' | 'failed' | 'skipped';
  milliseconds: number;
  failure?: Failure;
}

class ExpectationError extends Error {
  readonly failure: Failure;

  constructor(expected: string, { sent, received, repeat }: Exchange) {
    super(`Expected ${expected}`);
    this.failure = { sent, expected, received, repeat };
  }
}

/** The one assertion of all checks: it holds, or the exchange is shown beside what was expected of it. */
export function expect(holds: unknown, expected: string, exchange: Exchange): asserts holds {
  if (!holds) throw new ExpectationError(expected, exchange);
}

/** Most of what a check does is to wait for a program: so more at a time than a small machine has cores. */
const LANES = 3;

/** The suite with each check that this subject gives no hold for marked as skipped, with the reason. */
export function applyTo<Context>(suite: Suite<Context>, subject: Subject): Suite<Context> {
  const { url, redisUrl, kafkaBrokers } = subject;
  const reasonFor = ({ wantsProgram, wantsRedis, wantsKafka }: Check<Context>) => {
    if (wantsProgram && url !== undefined)
      return `not applicable: it wants to start, end or look into the program, and ${url} runs already`;
    if (wantsRedis && redisUrl === undefined)
      return 'NOT JUDGED: it wants a real Redis server, named by --redis-url redis://…';
    if (wantsKafka && kafkaBrokers === undefined)
      return 'NOT JUDGED: it wants a real Kafka, named by --kafka HOST:PORT';
    return undefined;
  };
  return {
    ...suite,
    checks: suite.checks.map((check) => {
      const skip = reasonFor(check);
      return skip === undefined ? check : { ...check, skip };
    }),
  };
}

/** Runs the checks, three at a time, then those that want to be alone; tells each result as it comes. */
export async function runSuite(
  wholeSuite: Suite,
  subject: Subject,
  report: (result: Result) => void = () => {},
): Promise<Result[]> {
  await using stack = new AsyncDisposableStack();
  const suite = applyTo(wholeSuite, subject);
  const createContext = await suite.prepare(subject, stack);
  const results: Result[] = [];

  const runFrom = async (queue: Iterator<Check>) => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const result = await runCheck(next.value, createContext);
      results.push(result);
      report(result);
    }
  };
  const together = suite.checks.filter((check) => !check.alone).values();
  await Promise.all(Array.from({ length: LANES }, () => runFrom(together)));
  await runFrom(suite.checks.filter((check) => check.alone).values());

  return results.sort((a, b) => suite.checks.indexOf(a.check) - suite.checks.indexOf(b.check));
}

async function runCheck(
  check: Check,
  createContext: (stack: AsyncDisposableStack) => Promise<unknown>,
): Promise<Result> {
  if (check.skip) return { check, outcome: 'skipped', milliseconds: 0 };
  const started = performance.now();
  const result = (outcome: Result['outcome'], failure?: Failure): Result => {
    return { check, outcome, milliseconds: performance.now() - started, ...(failure && { failure }) };
  };
  try {
    await using stack = new AsyncDisposableStack();
    await check.run(await createContext(stack));
    return result('passed');
  } catch (error) {
    return result('failed', failureOf(error));
  }
}

/** Anything but an expectation is a fault of the check itself, and is shown as one. */
function failureOf(error: unknown): Failure {
  if (error instanceof ExpectationError) return error.failure;
  const received = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { sent: '(unknown)', expected: 'a check that runs to its end', received, repeat: '(unknown)' };
}
