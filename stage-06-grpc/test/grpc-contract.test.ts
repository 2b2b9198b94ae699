import { scheduleServiceContract } from './contracts/index.ts';
import { createGrpcClient, createServer } from './grpc-support.ts';
import { createDesk, DATABASES, openStorage } from './support.ts';

// The same suite that the service passes in one process: whoever uses it cannot tell where it is.
for (const { name, suite: options, place } of DATABASES) {
  scheduleServiceContract(
    `the client of gRPC, over ${name}`,
    async (t, clock) => {
      const desk = createDesk(await openStorage(t, await place(t)), { clock });
      const { address } = await createServer(t, desk.schedules);
      // Patience: a busy machine is not what these tests are about.
      return { ...desk, schedules: createGrpcClient(t, address, { deadlineMs: 10_000 }) };
    },
    options,
  );
}
