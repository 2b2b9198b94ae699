import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import type { Program } from '../program.ts';
import { isRecord, parse } from '../stage-02/expectations.ts';
import { rareLetters, somebody } from '../stage-03/people.ts';
import { fromNow, sameInstant } from '../stage-03/times.ts';
import { inFile } from '../stage-04/accounts.ts';
import { describeText } from '../text.ts';
import {
  APPOINTMENTS,
  type ApiCheck,
  type Desk,
  LEAD_HOURS,
  lesson,
  PATIENTS,
  REMINDER_FILE,
} from './check.ts';
import {
  AFTER_A_CRASH,
  book,
  cancel,
  expectBooked,
  expectPatient,
  expectRecord,
  hire,
  MOMENT,
  openPair,
  type Pair,
} from './expectations.ts';

/** A second line for the same would come in this time. */
const REST = 1_500;
/** Between an appointment and its reminder, in minutes. */
const LEAD = LEAD_HOURS * 60;
const SECOND = 1 / 60;

/** The lines about an appointment, and all that is known of them. */
async function linesAbout(
  desk: Desk,
  { api, program }: { api: Client; program: Program },
  id: string,
): Promise<{ lines: string[]; shown: Exchange }> {
  const lines = (await desk.remindersOf(program)).filter((line) => line.includes(id));
  return {
    lines,
    shown: api.exchange(`cat ${REMINDER_FILE}`, describeText(`lines with ${id}`, lines.join('\n'))),
  };
}

interface Place {
  api: Client;
  program: Program;
}

async function openPlace(desk: Desk): Promise<Place> {
  return { api: await desk.open(), program: (await desk.behind()).program };
}

/** Lines about this appointment that tell of these instants, in this order, and none beside them. */
async function expectReminders(
  desk: Desk,
  place: Place,
  id: string,
  instants: readonly unknown[],
  within = MOMENT,
): Promise<void> {
  const deadline = performance.now() + within;
  while (performance.now() < deadline) {
    const { lines } = await linesAbout(desk, place, id);
    if (lines.length >= instants.length) break;
    await sleep(100);
  }
  await sleep(REST);
  const { lines, shown } = await linesAbout(desk, place, id);
  const wanted = `${instants.length === 1 ? 'one line' : `${instants.length} lines`} with ${id}`;
  expect(lines.length === instants.length, `${wanted}, and not ${lines.length}`, shown);
  lines.forEach((line, index) => {
    const told = parse(line);
    const sound =
      isRecord(told) && told.appointmentId === id && sameInstant(told.startsAt, String(instants[index]));
    expect(sound, `JSON with "appointmentId": "${id}" and "startsAt": "${instants[index]}"`, shown);
  });
}

const hours = (from: number) => ({ startsAt: fromNow(from), endsAt: fromNow(from + 30) });

/** Books at a time so many minutes from now. */
async function bookIn(api: Client, pair: Pair, from: number) {
  return book(api, pair, 0, 30, hours(from));
}

async function moveTo(api: Client, path: string, from: number): Promise<string> {
  const times = hours(from);
  expectRecord(await api.patch(path, times), 200);
  return times.startsAt;
}

export const reminders: ApiCheck[] = [
  {
    name: 'near-appointment-is-reminded-of-once',
    why: 'Patients forget, and a room stands empty; two messages about one visit make them ring up.',
    hint: 'When the appointment begins in less than REMINDER_LEAD_HOURS its reminder is due at once: one line of JSON in REMINDER_FILE, with appointmentId and startsAt.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { id, record } = await bookIn(place.api, await openPair(place.api), 120);
      await expectReminders(desk, place, id, [record.startsAt]);
    },
  },
  {
    name: 'reminder-falls-due-at-its-time',
    why: 'A reminder a month ahead is forgotten again, and one that comes on the day is too late.',
    hint: 'Note when it is due, REMINDER_LEAD_HOURS before the start, and look again and again what is due.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const pair = await openPair(place.api);
      const far = await bookIn(place.api, pair, LEAD * 20);
      const { id, record } = await bookIn(place.api, pair, LEAD + 5 * SECOND);
      await sleep(1_500);
      const { lines, shown } = await linesAbout(desk, place, id);
      expect(lines.length === 0, 'no line before it is due', shown);
      await expectReminders(desk, place, id, [record.startsAt]);
      const early = await linesAbout(desk, place, far.id);
      expect(
        early.lines.length === 0,
        `no line yet about ${far.id}, which begins in ${LEAD_HOURS * 20} hours`,
        early.shown,
      );
    },
  },
  {
    name: 'cancelled-appointment-is-not-reminded-of',
    why: 'Who has cancelled and is reminded comes all the same, to a room that somebody else sits in.',
    hint: 'Drop the reminder when it is cancelled, and look once more at the moment of sending.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const pair = await openPair(place.api);
      const early = await bookIn(place.api, pair, LEAD + 4 * SECOND);
      const kept = await bookIn(place.api, pair, LEAD + 60 + 4 * SECOND);
      await cancel(place.api, early);
      // As late as can be: the reminder is known by now, and due in the next moment.
      await sleep(2_000);
      const late = await bookIn(place.api, pair, LEAD + 120 + 60 * SECOND);
      await cancel(place.api, late);
      const witness = await bookIn(place.api, pair, 60);
      await expectReminders(desk, place, witness.id, [witness.record.startsAt]);
      await sleep(2_500);
      for (const { id } of [early, late]) await expectReminders(desk, place, id, [], 0);
      const { lines, shown } = await linesAbout(desk, place, kept.id);
      expect(lines.length === 0, 'no line about the one in between, which is not due yet', shown);
    },
  },
  {
    name: 'moved-reminder-tells-the-new-time',
    why: 'A reminder of the old time sends somebody to the door an hour after the doctor was waiting.',
    hint: 'Put the reminder of the moved appointment in the place of the old one: due before the new start, with the new time in it.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { api } = place;
      const pair = await openPair(api);
      const postponed = await bookIn(api, pair, LEAD + 4 * SECOND);
      await moveTo(api, postponed.path, LEAD * 10);
      const broughtForward = await bookIn(api, pair, LEAD * 12);
      const soon = await moveTo(api, broughtForward.path, 180);
      await expectReminders(desk, place, broughtForward.id, [soon]);
      await sleep(3_000);
      await expectReminders(desk, place, postponed.id, [], 0);
    },
  },
  {
    name: 'moved-after-its-reminder-is-reminded-of-again',
    why: 'Who was told "at three" and is moved to five must hear of five.',
    hint: 'A reminder belongs to one version of the appointment: the moved one has a reminder of its own.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { id, path, record } = await bookIn(place.api, await openPair(place.api), 120);
      await expectReminders(desk, place, id, [record.startsAt]);
      const later = await moveTo(place.api, path, 300);
      await expectReminders(desk, place, id, [record.startsAt, later]);
    },
  },
  {
    name: 'restart-reminds-nobody-twice',
    why: 'An update at noon must not wake everybody who was reminded in the morning.',
    hint: 'Keep what was sent where it outlives the process, and mark it after sending.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      const first = await desk.start(program, settings);
      const before = { api: desk.clientOf(first), program };
      const pair = await openPair(before.api);
      const sent = await bookIn(before.api, pair, 120);
      const far = await bookIn(before.api, pair, LEAD + 12 * SECOND);
      await expectReminders(desk, before, sent.id, [sent.record.startsAt]);
      await first.stop('SIGTERM');
      const api = desk.clientOf(await desk.start(program, settings));
      const place = { api, program };
      await expectReminders(desk, place, far.id, [far.record.startsAt], AFTER_A_CRASH);
      await expectReminders(desk, place, sent.id, [sent.record.startsAt], 0);
    },
  },
  {
    name: 'lead-hours-are-heeded',
    why: 'One clinic reminds a day ahead, another one three hours, and both mean it.',
    hint: 'Count REMINDER_LEAD_HOURS back from the start; 0 is a number like others.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = { ...inFile(desk), REMINDER_LEAD_HOURS: '3' };
      const api = desk.clientOf(await desk.start(program, settings));
      const pair = await openPair(api);
      const [near, far] = [await bookIn(api, pair, 120), await bookIn(api, pair, 240)];
      await expectReminders(desk, { api, program }, near.id, [near.record.startsAt], AFTER_A_CRASH);
      await expectReminders(desk, { api, program }, far.id, [], 0);
    },
  },
  {
    name: 'reminder-tells-no-name',
    why: 'The file is handed on, and who sees a doctor when is the most private thing that this system knows.',
    hint: 'Name the appointment, the patient and the doctor by their ids; no names, no phone number, no reason.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { api, program } = place;
      const secrets = { lastName: rareLetters(), firstName: rareLetters(), reason: rareLetters() };
      const { lastName, firstName, reason } = secrets;
      const phone = `+1202555${Date.now() % 1e7}`;
      const patient = expectPatient(await api.post(PATIENTS, somebody({ lastName, firstName, phone })), 201);
      const doctorName = rareLetters();
      const { id: doctorId } = await hire(api, { lastName: doctorName });
      const body = { patientId: patient.id, doctorId, ...hours(150), reason };
      const { id, record } = expectBooked(await api.post(APPOINTMENTS, body));
      await expectReminders(desk, place, id, [record.startsAt]);
      const { shown } = await linesAbout(desk, place, id);
      const text = (await desk.remindersOf(program)).join('\n');
      for (const [name, secret] of Object.entries({ ...secrets, phone, doctorName }))
        expect(!text.includes(secret), `no ${name} in the file, and not "${secret}"`, shown);
    },
  },
];
