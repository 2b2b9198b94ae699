import { expect } from '../harness.ts';
import { APPOINTMENTS, type ApiCheck, lesson } from './check.ts';
import {
  book,
  booking,
  cancel,
  expectErrors,
  expectProblem,
  expectRecord,
  expectStatus,
  listed,
  openPair,
  sameJson,
} from './expectations.ts';

/** Somebody with an appointment, booked or arrived, cannot be removed; when it is over they can. */
const staysWhileLive =
  (who: 'patient' | 'doctor'): ApiCheck['run'] =>
  async (desk) => {
    const api = await desk.open();
    const pair = await openPair(api);
    const { path } = pair[who];
    const booked = await book(api, pair);
    for (const status of ['booked', 'arrived']) {
      if (status === 'arrived') expectRecord(await api.patch(booked.path, { status }), 200);
      expectProblem(await api.delete(path), 409);
      expectRecord(await api.get(path), 200);
      const found = await api.get(booked.path);
      expect(expectRecord(found, 200).status === status, `the appointment, ${status} as before`, found);
    }
    await cancel(api, booked);
    expectStatus(await api.delete(path), 204);
    expectProblem(await api.get(path), 404);
  };

export const removals: ApiCheck[] = [
  {
    name: 'patient-with-a-live-appointment-stays',
    why: 'A doctor who waits for somebody whom the system does not know any more cannot even call them.',
    hint: 'Answer 409 to DELETE while an appointment is booked or arrived, and delete nothing along with it; 204 when all are over.',
    lesson: lesson('the-contract'),
    run: staysWhileLive('patient'),
  },
  {
    name: 'doctor-with-a-live-appointment-stays',
    why: 'The patients of a doctor who is gone would come and find a closed door.',
    hint: 'The same rule as for patients: 409 while an appointment is live.',
    lesson: lesson('the-contract'),
    run: staysWhileLive('doctor'),
  },
  {
    name: 'history-outlives-the-doctor',
    why: 'A patient’s record must not lose a treatment because the doctor has retired.',
    hint: 'Keep the row of a doctor who has left and mark it, instead of deleting it and what refers to it.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const { path } = await book(api, pair);
      for (const status of ['arrived', 'fulfilled']) expectRecord(await api.patch(path, { status }), 200);
      const { body: before } = await api.get(path);
      expectStatus(await api.delete(pair.doctor.path), 204);
      const found = await api.get(path);
      expect(sameJson(expectRecord(found, 200), before), 'the appointment as it was', found);
      const { items, reply } = await listed(api, { patientId: pair.patientId });
      expect(sameJson(items, [before]), 'it among the patient’s appointments', reply);
      expectErrors(await api.post(APPOINTMENTS, booking(pair, 60)), ['/doctorId']);
    },
  },
  {
    name: 'removed-patient-leaves-no-ruins',
    why: 'A list that stumbles over an appointment of somebody who is gone is of no use to all the others.',
    hint: 'Remove the appointments that are over together with the patient, or keep them readable; every list still works.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const over = await book(api, pair);
      await cancel(api, over);
      expectStatus(await api.delete(pair.patient.path), 204);
      const found = await api.get(over.path);
      if (found.status !== 200) expectProblem(found, 404);
      await listed(api, { doctorId: pair.doctorId });
      await listed(api, { patientId: pair.patientId });
      expectErrors(await api.post(APPOINTMENTS, booking(pair, 60)), ['/patientId']);
      expectStatus(await api.delete(pair.doctor.path), 204);
    },
  },
];
