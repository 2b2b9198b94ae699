import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { environmentOf, readConfig, variables } from '../src/config/index.ts';
import { EMBEDDED, runMain } from './program.ts';

suite('the settings', () => {
  test('of this stage have its own places, and values with which nothing has to be set', () => {
    const config = readConfig(variables, {});
    assert.match(config.SQLITE_FILE, /stage-07-observability\Wdata\Wmedcenter\.db$/);
    assert.match(config.EVENTS_FILE, /stage-07-observability\Wdata\Wevents\.db$/);
    assert.match(config.SPANS_FOLDER, /stage-07-observability\Wdata\Wspans$/);
    assert.equal(config.REDIS_PREFIX, 'medcenter:stage-07:');
    assert.deepEqual(
      [config.SHUTDOWN_DELAY_MS, config.SHUTDOWN_TIMEOUT_MS, config.EVENT_LOOP_DELAY_LIMIT_MS],
      [0, 10_000, 500],
    );
    assert.deepEqual([config.OTEL_EXPORTER_OTLP_ENDPOINT, config.OTEL_TRACES_SAMPLER_ARG], [undefined, 1]);
  });

  test('go to the schedule service as they are', () => {
    for (const environment of [
      {},
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
        SHUTDOWN_DELAY_MS: '300',
        EVENT_LOOP_DELAY_LIMIT_MS: '0',
        SPANS_FOLDER: '/var/lib/spans',
        LOG_LEVEL: 'warn',
      },
    ]) {
      const config = readConfig(variables, environment);
      assert.deepEqual(readConfig(variables, environmentOf(config)), config);
    }
  });

  test('that are wrong are named', async (t) => {
    for (const [name, ...held] of [
      ['OTEL_EXPORTER_OTLP_ENDPOINT', '127.0.0.1:4318', 'ftp://here', 'http://'],
      ['OTEL_TRACES_SAMPLER_ARG', '-0.1', '1.1', 'all'],
      ['SHUTDOWN_DELAY_MS', '-1', '300001', 'soon'],
      ['SHUTDOWN_TIMEOUT_MS', '0', '99', '300001'],
      ['EVENT_LOOP_DELAY_LIMIT_MS', '-1', '60001'],
    ] as const) {
      for (const each of held) {
        const read = () => readConfig(variables, { [name]: each });
        assert.throws(read, { code: 'config', message: new RegExp(`^${name} holds ".*", and wants `) }, each);
      }
    }
    const env = { ...(await EMBEDDED.environment(t)), SHUTDOWN_DELAY_MS: 'x', OTEL_TRACES_SAMPLER_ARG: 'y' };
    const { stderr, stdout, exitCode } = await runMain(t, env, []);
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^OTEL_TRACES_SAMPLER_ARG holds .+\nSHUTDOWN_DELAY_MS holds .+\n$/);
  });
});
