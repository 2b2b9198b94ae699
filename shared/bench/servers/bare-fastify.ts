import Fastify from 'fastify';
import { report } from './report.ts';

// Fastify with one route and nothing else, which answers the headers and the record that it was given.
const { headers, body } = JSON.parse(process.argv[2] ?? '{}');
const record = JSON.parse(body);
// Fastify writes the length itself.
const { 'content-length': _, ...rest } = headers;
const app = Fastify();
app.get<{ Params: { id: string } }>('/:id', async (_request, reply) => {
  reply.headers(rest);
  return record;
});
report(`${await app.listen({ host: '127.0.0.1', port: 0 })}/1`);
