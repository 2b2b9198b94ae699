import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, variables } from '../src/config/index.ts';

const read = (environment: Record<string, string>) => readConfig(variables, environment);

test('nothing set: loopback, port 3000, level info, no other origin', () => {
  const { HOST, PORT, LOG_LEVEL, CORS_ORIGINS, DATA_FILE } = read({});
  assert.deepEqual(
    [HOST, PORT, LOG_LEVEL, CORS_ORIGINS, DATA_FILE],
    ['127.0.0.1', 3000, 'info', [], 'patients.json'],
  );
});

test('text becomes what the variable holds', () => {
  const config = read({
    PORT: '0',
    LOG_LEVEL: 'trace',
    CORS_ORIGINS: 'https://a.example, http://localhost:5173',
    HOST: '::1',
  });
  assert.deepEqual([config.PORT, config.LOG_LEVEL, config.HOST], [0, 'trace', '::1']);
  assert.deepEqual(config.CORS_ORIGINS, ['https://a.example', 'http://localhost:5173']);
});

const wrong = {
  PORT: ['-1', '65536', '3000.5', '0x10', '3e3', ' 80', 'http'],
  LOG_LEVEL: ['INFO', 'verbose'],
  CORS_ORIGINS: ['a.example', 'https://a.example/', 'https://a.example,', '*'],
  HOST: ['a b', 'http://x'],
};
for (const [name, values] of Object.entries(wrong)) {
  for (const value of values) {
    test(`${name}=${JSON.stringify(value)} is refused, and named`, () => {
      const message = new RegExp(
        `^${name} holds ${JSON.stringify(value).replaceAll(/[*.?]/g, '\\$&')}, and wants `,
      );
      assert.throws(() => read({ [name]: value }), { code: 'config', message });
    });
  }
}
