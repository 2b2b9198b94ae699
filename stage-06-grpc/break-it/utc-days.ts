// A doctor works each day from 9 to 12, in half hours. One program keeps the first slot and adds 24 hours a day; the
// other one asks for each date what the clock on the wall shows. How often do they differ in a year?
import { type ScheduleInput, slotsOf, WEEKDAYS } from '../src/domain/index.ts';
import { createTimeZones } from '../src/service/index.ts';

const zones = createTimeZones();
const [FIRST, LAST] = ['2027-01-01', '2027-12-31'];
const DAY_MS = 86_400_000;

const scheduleIn = (timeZone: string, from: string, to: string): ScheduleInput => ({
  timeZone,
  slotMinutes: 30,
  weekly: WEEKDAYS.map((day) => ({ day, from, to })),
  exceptions: [],
});
const beginnings = (schedule: ScheduleInput, from: string, to: string) =>
  slotsOf(schedule, { from, to }, zones).map(({ startsAt }) => startsAt);

/** The slots of the first day, again and again. */
function adding24Hours(schedule: ScheduleInput): string[] {
  const firstDay = beginnings(schedule, FIRST, FIRST);
  const days = (Date.parse(LAST) - Date.parse(FIRST)) / DAY_MS + 1;
  return Array.from({ length: days }, (_, day) =>
    firstDay.map((first) => new Date(Date.parse(first) + day * DAY_MS).toISOString()),
  ).flat();
}

const notIn = (known: Set<string>, asked: Set<string>) =>
  [...asked].filter((each) => !known.has(each)).length;

console.log('9 to 12 each day of 2027     slots  shown, and nobody there  there, and not shown');
for (const timeZone of ['Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Yekaterinburg']) {
  const schedule = scheduleIn(timeZone, '09:00', '12:00');
  const [right, added] = [new Set(beginnings(schedule, FIRST, LAST)), new Set(adding24Hours(schedule))];
  const figures = [notIn(right, added), notIn(added, right)];
  console.log(
    `${timeZone.padEnd(26)}${String(right.size).padStart(8)}${figures.map((count) => String(count).padStart(23)).join('')}`,
  );
}

console.log('\n00:00 to 06:00 in Berlin     slots  of which begin at 02:30');
for (const date of ['2027-03-21', '2027-03-28', '2027-10-31']) {
  const slots = beginnings(scheduleIn('Europe/Berlin', '00:00', '06:00'), date, date);
  const halfPastTwo = slots.filter((startsAt) => wallTime(startsAt) === '02:30').length;
  console.log(`${date.padEnd(26)}${String(slots.length).padStart(8)}${String(halfPastTwo).padStart(25)}`);
}

function wallTime(instant: string): string {
  const options = { timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(instant));
}
