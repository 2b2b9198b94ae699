import type { DayEvent, DayQuery, ScheduleService } from '@medcenter/stage-06-grpc/service';

type Watch = ScheduleService['watchDay'];
type Options = Parameters<Watch>[1];

/** The day as it is, read in one go. */
export async function readDay(watch: Watch, query: DayQuery, options: Options): Promise<DayEvent[]> {
  const events: DayEvent[] = [];
  for await (const event of watch({ ...query, watch: false }, options)) events.push(event);
  return events;
}

/** Reads until all that is there has been told. Answers how to go on from there. */
export async function untilLive(watch: Watch, query: DayQuery, options: Options) {
  const events = watch(query, options)[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await events.next();
    if (done) throw new Error('a watched day has no end');
    if (value.kind === 'live') return { live: value, changes: { [Symbol.asyncIterator]: () => events } };
  }
}
