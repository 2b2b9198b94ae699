import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { report } from './report.ts';

// node:http and nothing else, which answers the headers and the body that it was given.
const { headers, body } = JSON.parse(process.argv[2] ?? '{}');
const server = createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
});
server.listen(0, '127.0.0.1', () => report(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
