import { main, program, type Wrong } from './base.ts';

/** Reads the date as an instant in UTC and takes the day of the local zone: west of Greenwich that is the day before. */
export const wrong: Wrong = { caughtBy: 'birth-dates-never-slip' };

const { clean } = program;

function cleanWithDate(text: string): string {
  if (!program.isCalendarDate(text)) return clean(text);
  const date = new Date(text);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, '0')).join('-');
}

if (import.meta.main) await main({ clean: cleanWithDate });
