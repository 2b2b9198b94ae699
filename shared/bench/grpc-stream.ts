import { openScheduleClient } from '@medcenter/stage-06-grpc/transport/grpc';
import type { PairedCase } from './paired.ts';
import { startServer } from './server-process.ts';

const APPOINTMENTS = 10_000;
const person = '01981a3e-6c00-7000-8000-9b1c0d2e3f40';

/** Many messages by one call, and by a call for each. */
export const grpcStreamCase: PairedCase = {
  name: 'grpc-stream',
  what: `${APPOINTMENTS} appointments from a gRPC server that has them in memory, in one stream beside one after another by calls of their own`,
  ratios: {
    throughput: ({ perSecond: stream = Number.NaN }, { perSecond: calls = Number.NaN }) => stream / calls,
  },
  async open() {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startServer('appointments.ts', String(APPOINTMENTS)));
    const client = openScheduleClient({ address: new URL(server.url).host });
    stack.defer(() => client.close());
    const perSecond = async (getAll: () => Promise<number>) => {
      const begun = performance.now();
      const count = await getAll();
      if (count !== APPOINTMENTS) throw new Error(`there are ${count} appointments`);
      return { perSecond: count / ((performance.now() - begun) / 1_000) };
    };
    const opened = stack.move();
    return {
      subject: () =>
        perSecond(async () => {
          let count = 0;
          const day = client.watchDay({ doctorId: person, date: '2091-03-05', watch: false });
          for await (const { kind } of day) if (kind === 'appointment') count += 1;
          return count;
        }),
      control: () =>
        perSecond(async () => {
          const booking = { doctorId: person, patientId: person, startsAt: '2091-03-05T09:00:00.000Z' };
          for (let call = 0; call < APPOINTMENTS; call++) await client.bookSlot(booking);
          return APPOINTMENTS;
        }),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
};
