import { suite, type TestContext } from 'node:test';
import { clinicHttpContract, patientHttpContract } from './contracts/index.ts';
import { PROFILES, signIn, startApi } from './program.ts';

for (const { name, suite: options, environment } of PROFILES) {
  suite(name, options, () => {
    let prefix: string | undefined;
    const open = async (t: TestContext) => {
      const env = await environment(t);
      // One set of topics for all: a broker takes longer to make them than most of these tests take.
      prefix ??= env.KAFKA_TOPIC_PREFIX;
      const { url } = await startApi(t, { ...env, ...(prefix && { KAFKA_TOPIC_PREFIX: prefix }) });
      return signIn(url);
    };
    patientHttpContract(`the API beside a schedule service, ${name},`, open);
    clinicHttpContract(`the API beside a schedule service, ${name},`, open);
  });
}
