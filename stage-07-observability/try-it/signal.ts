// Sends a signal to the program that listens on a port of this machine: ADDRESS SIGNAL, such as
// `http://127.0.0.1:3000 SIGUSR2`. Not on Windows, where there are no signals.
import { setTimeout as sleep } from 'node:timers/promises';
import { listenerOn } from '@medcenter/stage-06-grpc/try-it';

const [address = '', signal = ''] = process.argv.slice(2);
const listener = listenerOn(Number(address.split(':').at(-1)));
if (listener === undefined) throw new Error(`nobody listens at ${address}`);
process.kill(listener, signal as NodeJS.Signals);
await sleep(500); // Until it has done what it does then, and what was known before is known anew.
console.log(`${signal} is sent.`);
