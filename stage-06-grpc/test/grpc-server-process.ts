import { openGrpcServer } from '../src/transport/grpc/index.ts';
import { createFakeService, sampleAppointment } from './grpc-support.ts';

// A server of gRPC as a process of its own, to be frozen, killed and measured: node grpc-server-process.ts PORT.
// Its lines: `ready PORT`, and every 100 ms `memory BYTES` and how many events it has made by then.

let made = 0;
const server = await openGrpcServer({
  host: '127.0.0.1',
  port: Number(process.argv[2] ?? 0),
  service: createFakeService({
    /** A very long day. */
    async *watchDay() {
      for (made = 0; made < 100_000; made += 1) {
        yield { kind: 'appointment', appointment: sampleAppointment(), position: String(made) };
      }
    },
  }),
  onError: (error) => console.error(error),
});
console.log(`ready ${server.port}`);
setInterval(() => console.log(`memory ${process.memoryUsage.rss()} ${made}`), 100).unref();
