import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { createFolder } from '@medcenter/shared/testing';
import { conflict } from '../src/domain/index.ts';
import {
  BadRequestSchema,
  ErrorInfoSchema,
} from '../src/transport/grpc/generated/google/rpc/error_details_pb.ts';
import { ScheduleService } from '../src/transport/grpc/generated/medcenter/schedule/v1/schedule_pb.ts';
import { createServer, DOCTOR } from './grpc-support.ts';

const run = promisify(execFile);
const BUF = fileURLToPath(import.meta.resolve('@bufbuild/buf/bin/buf'));
const SERVICE = 'medcenter.schedule.v1.ScheduleService';

suite('other clients of the gRPC port', () => {
  test("Connect's client for gRPC calls, streams, and reads the details of a refusal", async (t) => {
    const taken = conflict('taken', [{ path: '/patientId', message: 'is booked then' }]);
    const { address } = await createServer(t, { bookSlot: () => Promise.reject(taken) });
    const transport = createGrpcTransport({ baseUrl: `http://${address}` });
    const client = createClient(ScheduleService, transport);
    assert.equal((await client.getSchedule({ doctorId: DOCTOR })).schedule?.slotMinutes, 30);
    const cases: unknown[] = [];
    for await (const { event } of client.streamDailyAppointments({ doctorId: DOCTOR, date: '2091-03-01' })) {
      cases.push(event.case);
    }
    assert.deepEqual(cases, ['reset', 'appointment', 'removed', 'live']);
    const startsAt = { seconds: 3_823_747_200n };
    const error = await client.bookSlot({ doctorId: DOCTOR, startsAt }).catch((each: unknown) => each);
    assert.ok(error instanceof ConnectError);
    assert.equal(error.code, Code.AlreadyExists);
    assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, 'CONFLICT');
    assert.equal(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field, 'patient_id');
  });

  test('what the request lacks is named as the .proto file names it', async (t) => {
    const { address } = await createServer(t);
    const client = createClient(ScheduleService, createGrpcTransport({ baseUrl: `http://${address}` }));
    const fieldsOf = async (call: Promise<unknown>) => {
      const error = await call.catch((each: unknown) => each);
      assert.ok(error instanceof ConnectError && error.code === Code.InvalidArgument);
      return error.findDetails(BadRequestSchema)[0]?.fieldViolations.map(({ field }) => field);
    };
    assert.deepEqual(await fieldsOf(client.bookSlot({ doctorId: DOCTOR })), ['starts_at']);
    const never = { seconds: 9n ** 18n };
    assert.deepEqual(await fieldsOf(client.bookSlot({ doctorId: DOCTOR, startsAt: never })), ['starts_at']);
    const weekly = [{ from: '09:00', to: '10:00' }];
    assert.deepEqual(await fieldsOf(client.putSchedule({ doctorId: DOCTOR, weekly })), ['weekly[0].day']);
  });

  test('buf curl, in Go, learns by reflection what there is, and calls it', async (t) => {
    const { address } = await createServer(t);
    assert.match(await curl(t, `http://${address}`, ['--list-methods']), new RegExp(`${SERVICE}/BookSlot`));
    const query = { doctorId: DOCTOR, fromDate: '2091-03-01', toDate: '2091-03-01' };
    const slots = await curl(t, `http://${address}/${SERVICE}/GetAvailableSlots`, [
      '-d',
      JSON.stringify(query),
    ]);
    assert.deepEqual(JSON.parse(slots), {
      slots: [{ startsAt: '2091-03-01T09:00:00Z', endsAt: '2091-03-01T09:30:00Z' }],
    });
    const day = JSON.stringify({ doctorId: DOCTOR, date: '2091-03-01' });
    const events = await curl(t, `http://${address}/${SERVICE}/StreamDailyAppointments`, ['-d', day]);
    assert.match(events, /"reset"[\s\S]*"appointment"[\s\S]*"live"/);
    const missing = curl(t, `http://${address}/${SERVICE}/GetSchedule`, ['-d', '{"doctorId":"x"}']);
    await assert.rejects(missing, /not_found[\s\S]*google\.rpc\.ErrorInfo/);
  });

  test('health answers, for the server and for the service, until the server closes', async (t) => {
    const { address } = await createServer(t);
    for (const service of ['', SERVICE]) {
      assert.match(await checkHealth(t, address, service), /SERVING/);
    }
    await assert.rejects(checkHealth(t, address, 'nothing'), /not_found/);
  });
});

/** `buf curl` against a server without TLS. It keeps its cache in a folder of the test. */
async function curl(t: TestContext, url: string, args: readonly string[]): Promise<string> {
  const folder = await createFolder(t);
  const all = ['curl', '--http2-prior-knowledge', '--protocol', 'grpc', ...args, url];
  const { stdout } = await run(process.execPath, [BUF, ...all], {
    cwd: folder,
    timeout: 30_000,
    env: { PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: folder },
  });
  return stdout;
}

async function checkHealth(t: TestContext, address: string, service: string): Promise<string> {
  const schema = fileURLToPath(import.meta.resolve('grpc-health-check/proto'));
  const args = ['--schema', schema, '-d', JSON.stringify({ service })];
  return curl(t, `http://${address}/grpc.health.v1.Health/Check`, args);
}
