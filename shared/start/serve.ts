import type { Writable } from 'node:stream';
import type { Running } from '@medcenter/stage-02-http/app';
import type { ConfigOf, variables } from '@medcenter/stage-07-observability/config';

type Stage7 = typeof import('@medcenter/stage-07-observability/app');

/** The door of a stage that serves, as far as it is used here. */
export type ServingApp = PlainApp | ObservedApp;

interface PlainApp {
  start(config: object, out: Writable): Promise<Running>;
  serve(open: () => Promise<Running>, say: (text: string) => void): Promise<number>;
}

/** From stage 7 on, a program ends in steps, and a signal changes how much it logs. */
type ObservedApp = Pick<Stage7, 'start' | 'serveGracefully' | 'createLogLevel' | 'toggleOnSignal'>;
type ObservedConfig = ConfigOf<typeof variables>;

export interface Hall {
  /** Before the program says where it is. */
  opened(url: string): Promise<void>;
  say(text: string): void;
}

/** Serves until Ctrl-C, as the stage's own main does. Answers the exit code. */
export async function serveApp(app: ServingApp, config: object, { opened, say }: Hall): Promise<number> {
  if ('serveGracefully' in app) return await serveObserved(app, config as ObservedConfig, { opened, say });
  const open = async () => {
    const running = await app.start(config, process.stdout);
    await opened(running.url);
    return running;
  };
  return await app.serve(open, say);
}

async function serveObserved(
  { start, serveGracefully, createLogLevel, toggleOnSignal }: ObservedApp,
  config: ObservedConfig,
  { opened, say }: Hall,
): Promise<number> {
  const open = async () => {
    const running = await start(config, process.stdout);
    const onToggle = (message: object) => running.schedule?.send(message);
    toggleOnSignal(createLogLevel(running.logger, { configured: config.LOG_LEVEL, onToggle }));
    await opened(running.url);
    return running;
  };
  const { SHUTDOWN_DELAY_MS: delayMs, SHUTDOWN_TIMEOUT_MS: timeoutMs } = config;
  return await serveGracefully(open, say, { delayMs, timeoutMs });
}
