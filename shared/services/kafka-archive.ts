import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProvideOptions } from './fetched-programs.ts';
import { formatKafka, spawnKafka } from './kafka-process.ts';
import type { KafkaPrograms } from './kafka-programs.ts';
import { askKafka } from './kafka-wire.ts';
import { findFreePort } from './ports.ts';
import { signalProcess } from './processes.ts';
import type { SystemUser } from './server-user.ts';
import type { ServerProcess } from './spawn-server.ts';
import { createThrowAwayFolder } from './throw-away.ts';
import { waitUntil } from './wait.ts';

/**
 * The same programs with an archive of Java's, which holds the classes as they are in memory: so Kafka starts in half of
 * the time. It is made once for each Java, when a broker ends that was started for nothing else. Without it, all goes as
 * well: https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
 */
export async function provideArchive(
  programs: KafkaPrograms,
  user: SystemUser | undefined,
  options: ProvideOptions,
): Promise<KafkaPrograms> {
  const archive = fileFor(programs);
  if (!existsSync(archive)) {
    options.say?.('  making it start quicker, once …');
    await makeArchive(archive, programs, user, options);
  }
  return statSync(archive).size > 0 ? { ...programs, archive } : programs;
}

/** Beside the jars. It fits one Java, and jars on one path. */
function fileFor({ java, jars }: KafkaPrograms): string {
  const version = execFileSync(java, ['--version']);
  const sum = createHash('sha256').update(version).update(jars).digest('hex');
  return join(dirname(jars), `${basename(jars)}-${sum.slice(0, 12)}.jsa`);
}

async function makeArchive(
  archive: string,
  programs: KafkaPrograms,
  user: SystemUser | undefined,
  { signal }: ProvideOptions,
): Promise<void> {
  const folder = createThrowAwayFolder('kafka');
  const dataFolder = join(folder, 'data');
  const made = join(dataFolder, 'classes.jsa');
  const unfinished = `${archive}.${process.pid}.new`;
  try {
    const settings = { programs, user, folder, dataFolder, logFile: join(folder, 'kafka.log') };
    await formatKafka(settings, { signal });
    await startAndEnd(await findFreePort(), signal, (port) =>
      spawnKafka({ ...settings, port, detached: false, java: [`-XX:ArchiveClassesAtExit=${made}`] }),
    );
    // A Java that makes none need not try it again: an empty file says so.
    if (existsSync(made)) copyFileSync(made, unfinished);
    else writeFileSync(unfinished, '');
    chmodSync(unfinished, 0o644);
    renameSync(unfinished, archive);
  } finally {
    rmSync(unfinished, { force: true });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** It ends in good order, which is when Java writes the archive. */
async function startAndEnd(
  port: number,
  signal: AbortSignal | undefined,
  start: (port: number) => Promise<ServerProcess>,
): Promise<void> {
  const { pid, findEnd } = await start(port);
  const isOver = async () => findEnd() !== undefined;
  const answers = () =>
    askKafka(`127.0.0.1:${port}`, 1000).then(
      () => true,
      () => false,
    );
  try {
    await waitUntil(async () => (await isOver()) || (await answers()), { what: 'its first answer', signal });
    if (pid !== undefined) signalProcess(pid, 'SIGTERM');
    await waitUntil(isOver, { what: 'its archive', signal });
  } catch (error) {
    if (pid !== undefined) signalProcess(pid, 'SIGKILL');
    await waitUntil(isOver, { what: 'its end', patienceMs: 10_000 });
    throw error;
  }
}
