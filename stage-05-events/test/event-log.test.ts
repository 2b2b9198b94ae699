import { suite } from 'node:test';
import { eventLogContract } from './contracts/index.ts';
import { LOGS } from './support.ts';

for (const { name, suite: options, place } of LOGS) {
  suite(name, options, () => eventLogContract(name, place));
}
