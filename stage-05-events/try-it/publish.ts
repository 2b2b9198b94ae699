// Writes a message into a topic, as any program can that reaches the log: TOPIC KEY VALUE, or @FILE for what a file
// holds.
import { readFileSync } from 'node:fs';
import { openOwnLog } from './open-own-log.ts';

const [topic = '', key = '', text = ''] = process.argv.slice(2);
const value = text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text;
const log = await openOwnLog();
await log.publish([{ topic, key, value }]);
console.log(`${topic}: ${value}`);
await log.close();
