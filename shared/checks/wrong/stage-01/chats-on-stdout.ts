import { main, program, type Wrong } from './base.ts';

/** Puts a friendly word before the JSON, and jq stumbles over it. */
export const wrong: Wrong = { caughtBy: 'json-stands-alone-on-stdout' };

const { carryOut } = program;

const carryOutLoudly: typeof carryOut = async (order) => {
  const result = await carryOut(order);
  if (order.operation === 'update') console.log('Updated.');
  return result;
};

if (import.meta.main) await main({ carryOut: carryOutLoudly });
