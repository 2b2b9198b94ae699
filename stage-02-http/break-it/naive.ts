import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';

interface Patient {
  id: string;
  lastName: string;
}

/** What most of us write first: it works on the first day. Four defects live here. */
export function createNaiveServer(file: string): Server {
  return createServer(async (request, response) => {
    try {
      const patients: Patient[] = JSON.parse(await readFile(file, 'utf8'));
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
      const id = pathname.split('/')[2];

      if (request.method === 'GET') {
        const offset = Number(searchParams.get('offset') ?? 0);
        const limit = Number(searchParams.get('limit') ?? 20);
        return response.end(JSON.stringify(patients.slice(offset, offset + limit)));
      }
      if (request.method === 'DELETE') {
        await writeFile(file, JSON.stringify(patients.filter((patient) => patient.id !== id)));
        return response.writeHead(204).end();
      }
      const patient = { id, ...JSON.parse(await readBody(request)) };
      await writeFile(file, JSON.stringify([patient, ...patients]));
      response.end(JSON.stringify(patient));
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
