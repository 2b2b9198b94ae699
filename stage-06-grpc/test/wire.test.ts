import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { fromTimestamp } from '../src/transport/grpc/wire.ts';

const timestamp = (seconds: bigint, nanos = 0) => create(TimestampSchema, { seconds, nanos });

suite('an instant on the wire', () => {
  for (const [instant, seconds, nanos] of [
    ['1970-01-01T00:00:00.000Z', 0n, 0],
    ['2091-03-01T09:00:00.123Z', 3_823_578_000n, 123_000_000],
    ['1969-12-31T23:59:59.999Z', -1n, 999_000_000],
    ['0001-01-01T00:00:00.000Z', -62_135_596_800n, 0],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799n, 999_000_000],
  ] as const) {
    test(`${instant} is read`, () => {
      assert.equal(fromTimestamp(timestamp(seconds, nanos), '/startsAt'), instant);
    });
  }

  for (const [name, seconds, nanos, message] of [
    ['a nanosecond', 0n, 1, /whole number of milliseconds/],
    ['half a millisecond', 0n, 500_000, /whole number of milliseconds/],
    ['a second of nanos', 0n, 1_000_000_000, /nanos/],
    ['nanos below zero', 0n, -1_000_000, /nanos/],
    ['the year 0', -62_135_596_801n, 0, /years 1 to 9999/],
    ['the year 10000', 253_402_300_800n, 0, /years 1 to 9999/],
    ['what no calendar has', 2n ** 62n, 0, /years 1 to 9999/],
  ] as const) {
    test(`${name} is refused`, () => {
      assert.throws(
        () => fromTimestamp(timestamp(seconds, nanos), '/startsAt'),
        (error: { code?: string; details?: { path: string; message: string }[] }) => {
          assert.equal(error.code, 'validation');
          assert.equal(error.details?.[0]?.path, '/startsAt');
          assert.match(error.details?.[0]?.message ?? '', message);
          return true;
        },
      );
    });
  }

  test('none at all is missing', () => {
    assert.throws(() => fromTimestamp(undefined, '/endsAt'), { code: 'validation' });
  });
});
