import { cpus, totalmem } from 'node:os';

/** The facts without which a figure means nothing. */
export function describeMachine(): Readonly<Record<string, string | number>> {
  const processors = cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
}
