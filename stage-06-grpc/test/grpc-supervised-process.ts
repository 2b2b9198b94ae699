import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent, superviseProcess } from '../src/app/schedule-process.ts';

// Plays the parts of a supervised program: node grpc-supervised-process.ts PART.

const [part, ...rest] = process.argv.slice(2);
setTimeout(() => process.exit(9), 60_000).unref(); // Whatever goes wrong in a test, nothing stays.
const stay = setInterval(() => {}, 1_000);

switch (part) {
  case 'fails':
    console.error('the port is taken');
    process.exit(2);
    break;
  case 'is-silent':
    break;
  case 'dies-later':
    console.log('ready');
    await sleep(100);
    process.exit(1);
    break;
  case 'hangs':
    process.on('SIGTERM', () => console.log('heard, and ignored'));
    endWithParent(() => {}, 300);
    console.log('ready');
    break;
  case 'works':
    process.once('SIGTERM', () => {
      console.log('ending');
      clearInterval(stay);
      process.disconnect();
    });
    endWithParent(() => process.exit());
    console.log('ready');
    break;
  case 'parent': {
    const child = await superviseProcess({
      command: process.execPath,
      args: [...process.execArgv, process.argv[1] ?? '', ...rest],
      env: process.env,
      onLine: () => {},
      isReady: (line) => line === 'ready',
    });
    console.log(`child ${child.pid()}`);
    break;
  }
}
