import type { Logger, LoggerOptions } from '../observability/index.ts';

type Level = LoggerOptions['level'];

/** What is sent to a process of our own, so that it logs as much as this one. */
export interface LevelMessage {
  readonly logLevel: Level;
}

/** How much is logged, which may change while the program runs. */
export interface LogLevel {
  /** From the configured level to `debug`, or back to it. */
  toggle(): void;
  /** As another process tells. What is no such message is for somebody else. */
  follow(message: unknown): void;
}

export interface LogLevelOptions {
  readonly configured: Level;
  /** Told of each change, so that a process of our own may follow. */
  onToggle?(message: LevelMessage): void;
}

const HEAR_INFO = ['info', 'debug', 'trace'];

/** Of who is configured to log so much already, `info` is the other level. */
const otherLevel = (configured: Level): Level =>
  configured === 'debug' || configured === 'trace' ? 'info' : 'debug';

export function createLogLevel(
  logger: Logger,
  { configured, onToggle = () => {} }: LogLevelOptions,
): LogLevel {
  const other = otherLevel(configured);
  const change = (level: Level) => {
    const before = logger.level;
    if (level === before) return;
    const say = () => logger.info(`the log level changes from ${before} to ${level}`);
    // One of both levels is one at which it is heard.
    const isHeard = HEAR_INFO.includes(before);
    if (isHeard) say();
    logger.level = level;
    if (!isHeard) say();
  };
  return {
    toggle() {
      const level = logger.level === configured ? other : configured;
      change(level);
      onToggle({ logLevel: level });
    },
    follow(message) {
      if (!isLevelMessage(message)) return;
      if (message.logLevel === configured || message.logLevel === other) change(message.logLevel);
    },
  };
}

function isLevelMessage(message: unknown): message is LevelMessage {
  return typeof message === 'object' && message !== null && 'logLevel' in message;
}

/**
 * SIGUSR2 toggles the level, until disposed of. Until it is called, that signal ends the process; on Windows there is no
 * such signal.
 */
export function toggleOnSignal(
  { toggle }: Pick<LogLevel, 'toggle'>,
  platform = process.platform,
): Disposable {
  if (platform === 'win32') return { [Symbol.dispose]() {} };
  process.on('SIGUSR2', toggle);
  return {
    [Symbol.dispose]() {
      process.off('SIGUSR2', toggle);
    },
  };
}
