import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SCHEDULE_READY } from '@medcenter/stage-06-grpc/app';
import { environmentOf } from '@medcenter/stage-06-grpc/config';
import { main, type Wrong } from './base.ts';

/** Starts the schedule service without a channel, by which that would hear that nobody is left. */
export const wrong: Wrong = { caughtBy: 'kill-nine-leaves-no-schedule-service' };

if (import.meta.main)
  await main({
    async runSchedule(stack, config) {
      const env: NodeJS.ProcessEnv = { ...environmentOf(config) };
      const child = spawn(process.execPath, [process.argv[1] ?? '', 'schedule'], {
        env,
        stdio: ['ignore', 'inherit', 'pipe'],
      });
      const ended = once(child, 'close');
      stack.defer(async () => {
        child.kill('SIGTERM');
        await ended;
      });
      for await (const line of createInterface(child.stderr)) {
        const [, address] = SCHEDULE_READY.exec(line) ?? [];
        if (address !== undefined) return address;
      }
      throw new Error('the schedule service did not start');
    },
  });
