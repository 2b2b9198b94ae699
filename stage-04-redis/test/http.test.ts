import { suite } from 'node:test';
import { clinicHttpContract, patientHttpContract } from './contracts/index.ts';
import { PROFILES, signIn, startApi } from './support.ts';

for (const { name, suite: options, environment } of PROFILES) {
  suite(name, options, () => {
    const open = async (t: Parameters<typeof environment>[0]) => {
      const { url } = await startApi(t, await environment(t));
      return signIn(url);
    };
    patientHttpContract(`the API with a login, ${name},`, open);
    clinicHttpContract(`the API with a login, ${name},`, open);
  });
}
