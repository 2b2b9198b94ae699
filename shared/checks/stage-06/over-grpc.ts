import { expect } from '../harness.ts';
import { nobody } from '../stage-03/people.ts';
import { BERLIN, dayAfter, MONDAY, TUESDAY } from './calendar.ts';
import { APPOINTMENTS, type ApiCheck, type Desk, lesson } from './check.ts';
import {
  bookAt,
  daily,
  every,
  expectBeginnings,
  expectBooked,
  expectFigures,
  expectFree,
  expectLive,
  expectRecord,
  isRecord,
  type JsonRecord,
  on,
  openPair,
  openPractice,
  register,
  slotsOf,
} from './expectations.ts';
import {
  expectStatusOf,
  expectViolations,
  instantOf,
  openGrpc,
  SERVICE,
  slotsIn,
  timestampOf,
} from './grpc.ts';

const at9 = on(MONDAY, '09:00');

/** The shared server, by both of its doors. */
export async function openDoors(desk: Desk, stack: AsyncDisposableStack) {
  const api = await desk.open();
  const { settings } = await desk.behind();
  return { api, grpc: openGrpc(stack, Number(settings.GRPC_PORT), api) };
}

const appointmentIn = (message: JsonRecord): JsonRecord =>
  isRecord(message.appointment) ? message.appointment : {};

const grpcCheck = { lesson: lesson('the-contract'), wantsProgram: true } as const;

export const overGrpc: ApiCheck[] = [
  {
    name: 'grpc-offers-the-slots-that-http-offers',
    why: 'Two doors that tell two truths are worse than one door.',
    hint: 'Let one implementation serve both: GetAvailableSlots on GRPC_PORT, the instants as Timestamps.',
    ...grpcCheck,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const people = await openPractice(api, { timeZone: 'Europe/Berlin', weekly: daily('00:00-06:00') });
      const { doctorId } = people;
      expectBooked(await bookAt(api, people, on(BERLIN.back, '00:30')));
      for (const fromDate of [BERLIN.forward, BERLIN.back, MONDAY]) {
        const answer = await grpc.call('GetAvailableSlots', {
          doctorId,
          fromDate,
          toDate: dayAfter(fromDate),
        });
        const wanted = await slotsOf(api, doctorId, fromDate, dayAfter(fromDate));
        expect(wanted.length > 20, 'the slots of two nights over HTTP', answer);
        expectBeginnings(
          answer,
          slotsIn(answer),
          wanted.map(({ startsAt }) => startsAt),
        );
      }
      const { doctorId: other } = await openPair(api);
      const none = await grpc.call('GetAvailableSlots', {
        doctorId: other,
        fromDate: MONDAY,
        toDate: MONDAY,
      });
      expectBeginnings(none, slotsIn(none), []);
    },
  },
  {
    name: 'grpc-names-the-fields-that-are-wrong',
    why: 'A client in another language shows its user which field is meant, if somebody tells it.',
    hint: 'INVALID_ARGUMENT with a google.rpc.BadRequest in grpc-status-details-bin: a field violation for each, by the name in the proto.',
    ...grpcCheck,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const { doctorId, patientId } = await openPractice(api);
      const slots = (fromDate: string, toDate: string) =>
        grpc.call('GetAvailableSlots', { doctorId, fromDate, toDate });
      expectViolations(await slots('2027-02-30', MONDAY), ['from_date']);
      expectViolations(await slots('monday', ''), ['from_date', 'to_date']);
      expectViolations(await slots(TUESDAY, MONDAY), ['to_date']);
      expectViolations(await slots(MONDAY, dayAfter(MONDAY, 31)), ['to_date']);
      const startsAt = timestampOf(at9);
      const missing = await grpc.call('BookSlot', { doctorId, patientId: nobody, startsAt });
      expectViolations(missing, ['patient_id']);
      expectViolations(await grpc.call('BookSlot', { doctorId: nobody, patientId, startsAt }), ['doctor_id']);
      expectViolations(await grpc.call('BookSlot', { doctorId, patientId }), ['starts_at']);
    },
  },
  {
    name: 'grpc-says-not-found-of-an-unknown-doctor',
    why: 'An empty list of somebody who does not exist looks like a doctor who is booked out.',
    hint: 'NOT_FOUND for a doctor whom nobody knows, for slots and for the stream.',
    ...grpcCheck,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { grpc } = await openDoors(desk, stack);
      for (const doctorId of [nobody, 'x', '']) {
        const answer = await grpc.call('GetAvailableSlots', { doctorId, fromDate: MONDAY, toDate: MONDAY });
        expectStatusOf(answer, 'NOT_FOUND');
      }
      const day = grpc.watch({ doctorId: nobody, date: MONDAY, watch: true });
      const how = await day.ended;
      expect(how === 'NOT_FOUND', 'a stream that ends with NOT_FOUND', day.exchange());
    },
  },
  {
    name: 'grpc-books-a-slot-and-all-the-others-know',
    why: 'A booking over the second door that the statistics, or the list, do not know of is half a booking.',
    hint: 'BookSlot writes as the API does: the same table, the same event in the outbox. The end is the slot’s.',
    ...grpcCheck,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const { doctorId, patientId } = await openPractice(api);
      const request = { doctorId, patientId, startsAt: timestampOf(at9), reason: 'check-up' };
      const answer = await grpc.call('BookSlot', request);
      expectStatusOf(answer, 'OK');
      const { id, status, startsAt, endsAt, reason } = appointmentIn(answer.message);
      expect(typeof id === 'string' && id !== '', 'the appointment with its id', answer);
      const isSlot = instantOf(startsAt) === at9 && instantOf(endsAt) === on(MONDAY, '09:30');
      expect(
        isSlot && status === 'APPOINTMENT_STATUS_BOOKED' && reason === 'check-up',
        'what was asked for',
        answer,
      );
      const reply = await api.get(`${APPOINTMENTS}/${id}`);
      const record = expectRecord(reply, 200);
      const isSame = record.patientId === patientId && record.startsAt === at9 && record.status === 'booked';
      expect(isSame, 'the same appointment over HTTP', reply);
      await expectFree(api, { doctorId, from: MONDAY }, every(on(MONDAY, '09:30'), 3));
      await expectFigures(api, doctorId, { [MONDAY]: [1, 0] });
    },
  },
  {
    name: 'grpc-tells-a-taken-slot-from-one-that-is-none',
    why: 'A client that hears "taken" asks for the next free slot; one that hears "no such slot" has an old schedule.',
    hint: 'ALREADY_EXISTS where somebody is booked then, the doctor or the patient; FAILED_PRECONDITION where no slot begins then.',
    ...grpcCheck,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const { doctorId, patientId } = await openPractice(api);
      const { id: other } = await register(api);
      const book = (patient: string, startsAt: string) =>
        grpc.call('BookSlot', { doctorId, patientId: patient, startsAt: timestampOf(startsAt) });
      expectStatusOf(await book(patientId, at9), 'OK');
      expectStatusOf(await book(other, at9), 'ALREADY_EXISTS');
      for (const wrong of ['09:10', '11:00', '03:00'])
        expectStatusOf(await book(other, on(MONDAY, wrong)), 'FAILED_PRECONDITION');
      expectBooked(await bookAt(api, { doctorId, patientId: other }, on(MONDAY, '10:00')));
      expectStatusOf(await book(patientId, on(MONDAY, '10:00')), 'ALREADY_EXISTS');
      await expectLive(api, doctorId, 2);
    },
  },
  {
    name: 'grpc-key-books-once',
    why: 'A call that ran into its deadline may have booked all the same, and is sent again.',
    hint: 'The same request with the same idempotency_key: the same appointment. Another request with it: INVALID_ARGUMENT.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const { doctorId, patientId } = await openPractice(api);
      const request = {
        doctorId,
        patientId,
        startsAt: timestampOf(at9),
        idempotencyKey: `grpc-${patientId}`,
      };
      const answers = [await grpc.call('BookSlot', request)];
      const again = () => grpc.call('BookSlot', request);
      answers.push(...(await Promise.all([again(), again(), again()])));
      for (const answer of answers) expectStatusOf(answer, 'OK');
      const ids = new Set(answers.map(({ message }) => appointmentIn(message).id));
      const [last] = answers.slice(-1);
      if (last) expect(ids.size === 1, 'one appointment', last);
      const other = { ...request, startsAt: timestampOf(on(MONDAY, '10:00')) };
      expectStatusOf(await grpc.call('BookSlot', other), 'INVALID_ARGUMENT');
      await expectLive(api, doctorId, 1);
      await expectFigures(api, doctorId, { [MONDAY]: [1, 0] });
    },
  },
  {
    name: 'grpc-and-http-race-for-one-slot',
    why: 'Whoever locks in one process has locked nothing for the other one.',
    hint: 'Both doors end in the same transaction on the same database: let that decide.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const { doctorId } = await openPractice(api);
      for (const startsAt of every(at9, 4)) {
        const [one, other] = [await register(api), await register(api)];
        const [reply, answer] = await Promise.all([
          bookAt(api, { doctorId, patientId: one.id }, startsAt),
          grpc.call('BookSlot', { doctorId, patientId: other.id, startsAt: timestampOf(startsAt) }),
        ]);
        const ends = `${reply.status} over HTTP, ${answer.status} over gRPC`;
        const isFair = ['201 over HTTP, ALREADY_EXISTS over gRPC', '409 over HTTP, OK over gRPC'].includes(
          ends,
        );
        expect(
          isFair,
          'one who is given it, and one who is told that it is taken',
          api.exchange(answer.sent, ends),
        );
      }
      await expectLive(api, doctorId, 4);
    },
  },
  {
    name: 'grpc-deadline-is-kept',
    why: 'A caller who waits no more should be worked for no more, and a server that cannot take it falls over at rush hour.',
    hint: 'Calls carry a deadline: after it they end with DEADLINE_EXCEEDED, and the next call is served as ever.',
    ...grpcCheck,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const { doctorId } = await openPractice(api, { weekly: daily('00:00-24:00') });
      const request = { doctorId, fromDate: MONDAY, toDate: dayAfter(MONDAY, 30) };
      expectStatusOf(await grpc.call('GetAvailableSlots', request), 'OK');
      const hasty = Array.from({ length: 10 }, () =>
        grpc.call('GetAvailableSlots', request, { deadline: 1 }),
      );
      const answers = await Promise.all(hasty);
      for (const answer of answers) expectStatusOf(answer, 'DEADLINE_EXCEEDED');
      const after = await grpc.call('GetAvailableSlots', request, { deadline: 5_000 });
      expect(slotsIn(after).length === 31 * 48, 'all slots of 31 days', {
        ...after,
        received: after.status,
      });
    },
  },
  {
    name: 'grpc-health-and-reflection-answer',
    why: 'Whoever runs the service asks whether it lives, and whoever writes a client asks what it can do.',
    hint: 'grpc.health.v1.Health says SERVING for "" and for the service; server reflection lists the service.',
    ...grpcCheck,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { grpc } = await openDoors(desk, stack);
      for (const service of ['', SERVICE]) {
        const answer = await grpc.health(service);
        expect(answer.message.status === 'SERVING', `SERVING of "${service}"`, answer);
      }
      expectStatusOf(await grpc.health('no.such.Service'), 'NOT_FOUND');
      const { names, exchange } = await grpc.services();
      expect(names.includes(SERVICE), `${SERVICE} among the services`, exchange);
    },
  },
];
