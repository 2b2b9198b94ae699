const example = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' };

const responses = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => {
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      return [status, { description: String(status), content: { [type]: { schema: { type: 'object' } } } }];
    }),
  );

const requestBody = { content: { 'application/json': { schema: { type: 'object' }, example } } };
const byId = { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] };

/** What the small server says of itself. */
export const openApi = {
  openapi: '3.1.0',
  info: { title: 'A small server', version: '1' },
  paths: {
    '/health': { get: { responses: responses(200) } },
    '/api/v1/patients': {
      get: { responses: responses(200, 400) },
      post: { requestBody, responses: responses(201, 400, 413, 415, 422) },
    },
    '/api/v1/patients/{id}': {
      ...byId,
      get: { responses: responses(200, 304, 404) },
      put: { requestBody, responses: responses(200, 400, 404, 412, 413, 415, 422) },
      delete: { responses: responses(204, 404, 412) },
    },
  },
};

/** It stands for Swagger UI, whose files a small program does not have. */
export const docsPage =
  '<!doctype html><title>Swagger UI</title><p>See <a href="/openapi.json">the document</a>.';
