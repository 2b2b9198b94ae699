import { parseArgs } from 'node:util';
import { killAllChildren } from '../checks/children.ts';
import { type Credentials, runSuite, type Subject, type Suite } from '../checks/harness.ts';
import { createReporter, toDocument } from '../checks/report.ts';
import { listSuites, loadSuite } from '../checks/suites.ts';
import { absolutePaths, missingWord, splitWords } from '../checks/words.ts';
import { UsageError } from '../stages.ts';

const USAGE = `Checks a stage from outside, by its contract alone: the reference, or a program of your own.

  npm run check -- N                        the reference of stage N
  npm run check -- N --cmd "python3 my.py"  your program, in any language
  npm run check -- N --url http://…         a server that runs already, from stage 2 on; what can only be
                                            seen by starting or ending it is then skipped
  npm run check -- N --database-url postgresql://…  the program keeps its data in this database, empty or
                                            used, from stage 3 on
  npm run check -- N --redis-url redis://…  the program uses this Redis server, from stage 4 on; what can only
                                            be seen there is otherwise skipped
  npm run check -- N --kafka HOST:PORT,…    the program uses this Kafka, from stage 5 on: each finds a random
                                            KAFKA_TOPIC_PREFIX, to stand before the names of its topics and
                                            groups. One that ignores it is looked for under the plain names, and
                                            meets whatever else is told there. What can only be seen in topics is
                                            otherwise skipped
  npm run check -- N --username U --password P  who may do everything, from stage 4 on: with --url, and with
                                            a database that has accounts already
  npm run check -- N --only NAME            this check alone (may be given several times)
  npm run check -- N --verbose              every failure in full, not the first three
  npm run check -- N --json                 one JSON document on stdout, progress on stderr

Exit code: 0 when all pass, 1 when one fails, 2 for wrong usage.`;

interface Order {
  stage: number;
  suite: Suite;
  subject: Subject;
  json: boolean;
  verbose: boolean;
}

export async function main(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  try {
    return await carryOut(await readOrder(args));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function carryOut({ stage, suite, subject, json, verbose }: Order): Promise<number> {
  endChildrenWithThisProcess();
  const reporter = createReporter(json ? process.stderr : process.stdout, { verbose });
  const started = performance.now();

  reporter.opening(suite, subject);
  const results = await runSuite(suite, subject, reporter.progress);
  const milliseconds = performance.now() - started;
  reporter.closing(results, milliseconds);

  if (json) console.log(JSON.stringify(toDocument(stage, suite, subject, results, milliseconds), null, 2));
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

async function readOrder(args: string[]): Promise<Order> {
  const { values, positionals } = readFlags(args);
  const [stage, ...others] = positionals;
  const suite = await loadSuite(stage);
  if (!suite || others.length > 0) {
    const complaint = suite
      ? `One stage at a time, not also "${others.join(' ')}".`
      : `Which stage? There are checks for: ${listSuites().join(', ')}.`;
    throw new UsageError(`${complaint}\n\n${USAGE}`);
  }
  const checks = chooseChecks(suite, values.only);
  const subject = chooseSubject(suite, values);
  return {
    stage: Number(stage),
    suite: { ...suite, checks },
    subject,
    json: values.json,
    verbose: values.verbose,
  };
}

interface Choice {
  cmd?: string;
  url?: string;
  'database-url'?: string;
  'redis-url'?: string;
  kafka?: string;
  username?: string;
  password?: string;
}

function chooseSubject(suite: Suite, choice: Choice): Subject {
  const { cmd, url, 'database-url': databaseUrl, 'redis-url': redisUrl, kafka } = choice;
  const account = readAccount(suite, choice);
  if (url === undefined) {
    const command = cmd === undefined ? suite.reference : readCommand(cmd);
    const servers = {
      ...(databaseUrl !== undefined && { databaseUrl }),
      ...(redisUrl !== undefined && { redisUrl }),
      ...(kafka !== undefined && { kafkaBrokers: readBrokers(kafka) }),
    };
    return { command, ...servers, ...(account && { account }) };
  }
  if (databaseUrl !== undefined || redisUrl !== undefined || kafka !== undefined)
    throw new UsageError(
      '--database-url, --redis-url and --kafka are for a program to start, not for --url.',
    );
  if (suite.signsIn && !account)
    throw new UsageError('--url wants --username and --password too: an account that may do everything.');
  if (cmd !== undefined) throw new UsageError('Either --cmd or --url: a program to start, or one that runs.');
  if (!suite.serves) throw new UsageError(`${suite.title}: there is no server to be found at ${url}.`);
  return { command: [], url: readUrl(url), ...(account && { account }) };
}

function readAccount({ title, signsIn }: Suite, { username, password }: Choice): Credentials | undefined {
  if (username === undefined && password === undefined) return undefined;
  if (!signsIn) throw new UsageError(`${title}: nobody signs in there.`);
  if (username === undefined || password === undefined)
    throw new UsageError('--username and --password go together.');
  return { username, password };
}

function readBrokers(text: string): string {
  if (/^[A-Za-z0-9.-]+:\d{1,5}(,[A-Za-z0-9.-]+:\d{1,5})*$/.test(text)) return text;
  throw new UsageError(`--kafka wants host:port, such as 127.0.0.1:9092, and not "${text}".`);
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, '');
  throw new UsageError(
    `--url wants the address of a server, such as http://127.0.0.1:3000, and not "${text}".`,
  );
}

function readFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        cmd: { type: 'string' },
        url: { type: 'string' },
        'database-url': { type: 'string' },
        'redis-url': { type: 'string' },
        kafka: { type: 'string' },
        username: { type: 'string' },
        password: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function chooseChecks({ checks }: Suite, names: readonly string[]): Suite['checks'] {
  const unknown = names.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    const known = checks.map(({ name }) => `  ${name}`).join('\n');
    throw new UsageError(`There is no check called "${unknown.join('", "')}". There are:\n${known}`);
  }
  return names.length === 0 ? checks : checks.filter(({ name }) => names.includes(name));
}

/** npm moves to the repository's root first; a path means the folder where the person typed it. */
function readCommand(text: string): string[] {
  try {
    const folder = process.env.INIT_CWD ?? process.cwd();
    const words = absolutePaths(splitWords(text), folder);
    const missing = missingWord(words, folder);
    if (missing) throw new Error(missing);
    if (words.length === 0)
      throw new Error('--cmd wants the command that runs your program, such as --cmd "python3 my.py".');
    return words;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Each child leads its own process group, so a Ctrl-C in the terminal does not reach it by itself. */
function endChildrenWithThisProcess(): void {
  process.once('exit', killAllChildren);
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
