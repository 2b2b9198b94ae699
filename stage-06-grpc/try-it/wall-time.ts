/** What a clock on a wall there shows at an instant, and how far it is ahead of UTC: `02:30 GMT+2`. */
export function wallTime(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'shortOffset',
  });
  return format.format(new Date(instant));
}
