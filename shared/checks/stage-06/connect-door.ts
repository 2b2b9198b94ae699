import { expect } from '../harness.ts';
import { BERLIN, dayAfter, MONDAY } from './calendar.ts';
import { type ApiCheck, CONNECT, lesson } from './check.ts';
import {
  daily,
  expectBeginnings,
  expectLive,
  expectStatus,
  isRecord,
  on,
  openPractice,
  type Slot,
  slotsOf,
} from './expectations.ts';

export const connectDoor: ApiCheck[] = [
  {
    name: 'connect-door-offers-the-same-slots',
    why: 'Whoever tries the service by curl, or from a browser, should see what every other client sees.',
    hint: 'POST /medcenter.schedule.v1.ScheduleService/GetAvailableSlots with JSON on the HTTP port: { slots: [{ startsAt, endsAt }] }.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { doctorId } = await openPractice(api, {
        timeZone: 'Europe/Berlin',
        weekly: daily('00:00-06:00'),
      });
      const [fromDate, toDate] = [BERLIN.back, dayAfter(BERLIN.back)];
      const reply = await api.post(`${CONNECT}/GetAvailableSlots`, { doctorId, fromDate, toDate });
      expectStatus(reply, 200);
      const slots = isRecord(reply.body) ? reply.body.slots : undefined;
      expect(Array.isArray(slots), '{ slots: […] } in the body', reply);
      const wanted = (await slotsOf(api, doctorId, fromDate, toDate)).map(({ startsAt }) => startsAt);
      const told = (slots as Slot[]).map(({ startsAt, endsAt }) => ({
        startsAt: new Date(startsAt).toISOString(),
        endsAt: new Date(endsAt).toISOString(),
      }));
      expectBeginnings(reply, told, wanted);
    },
  },
  {
    name: 'connect-door-wants-a-session',
    why: 'A second door beside a locked one is how most houses are entered.',
    hint: 'The same rules as /api: 401 without a token, or with one that is none, and nothing is done.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { doctorId, patientId } = await openPractice(api);
      for (const stranger of [api.as(undefined), api.as('x'.repeat(43))]) {
        const request = { doctorId, fromDate: MONDAY, toDate: MONDAY };
        expectStatus(await stranger.post(`${CONNECT}/GetAvailableSlots`, request), 401);
        const booking = { doctorId, patientId, startsAt: on(MONDAY, '09:00') };
        expectStatus(await stranger.post(`${CONNECT}/BookSlot`, booking), 401);
      }
      await expectLive(api, doctorId, 0);
    },
  },
  {
    name: 'connect-door-refuses-in-its-own-words',
    why: 'A client made from the proto looks for a code, and not for a problem of HTTP.',
    hint: 'Connect’s errors: { code: "invalid_argument" } with 400, "not_found" with 404, "already_exists" with 409.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { doctorId, patientId } = await openPractice(api);
      const codeOf = async (
        method: string,
        request: Record<string, unknown>,
        status: number,
        code: string,
      ) => {
        const reply = await api.post(`${CONNECT}/${method}`, request);
        expectStatus(reply, status);
        expect(isRecord(reply.body) && reply.body.code === code, `"code": "${code}" in the body`, reply);
      };
      const days = { doctorId, fromDate: MONDAY, toDate: MONDAY };
      await codeOf('GetAvailableSlots', { ...days, toDate: '2027-02-30' }, 400, 'invalid_argument');
      await codeOf('GetAvailableSlots', { ...days, doctorId: 'x' }, 404, 'not_found');
      const booking = { doctorId, patientId, startsAt: on(MONDAY, '09:00') };
      expectStatus(await api.post(`${CONNECT}/BookSlot`, booking), 200);
      await codeOf('BookSlot', booking, 409, 'already_exists');
      const request = { ...booking, startsAt: on(MONDAY, '09:05') };
      await codeOf('BookSlot', request, 400, 'failed_precondition');
      await expectLive(api, doctorId, 1);
    },
  },
];
