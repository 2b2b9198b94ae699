// Somebody reads a list of 20 patients in pages of 5, while others delete and register. Whom does the reader miss,
// and whom do they meet twice, of those who were there all the time?
import { type ExperimentServer, openCareful, openNaive, send } from './servers.ts';

interface Patient {
  readonly id: string;
}
/** Reads page after page; the naive list by offset, ours by cursor. */
type Pages = (server: ExperimentServer) => AsyncGenerator<readonly Patient[]>;

async function* byOffset({ url }: ExperimentServer): AsyncGenerator<readonly Patient[]> {
  for (let offset = 0; ; offset += 5) {
    const { body } = await send('GET', `${url}/patients?offset=${offset}&limit=5`);
    if (body.length === 0) return;
    yield body;
  }
}

async function* byCursor({ url }: ExperimentServer): AsyncGenerator<readonly Patient[]> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: { body: { items: Patient[]; nextCursor: string | null } } = await send(
      'GET',
      `${url}/api/v1/patients?limit=5${cursor && `&cursor=${cursor}`}`,
    );
    yield body.items;
    cursor = body.nextCursor;
  }
}

let made = 0;
function newPatient() {
  // Names are letters: the number becomes one.
  const firstName = String.fromCharCode(65 + (made++ % 26)).repeat(3);
  return { lastName: 'Okafor', firstName, birthDate: '1990-05-14', sex: 'female' };
}

async function read(
  open: () => Promise<ExperimentServer>,
  pages: Pages,
  others: 'delete' | 'register',
): Promise<{ missed: number; twice: number }> {
  await using server = await open();
  const path = server.name === 'naive' ? '/patients' : '/api/v1/patients';
  const add = async (): Promise<string> => {
    // The naive server takes the id from the path.
    const own = server.name === 'naive' ? `/n${made}` : '';
    return (await send('POST', server.url + path + own, newPatient())).body.id;
  };
  const stay = new Set<string>();
  for (let count = 0; count < 20; count++) stay.add(await add());

  const met: string[] = [];
  for await (const page of pages(server)) {
    met.push(...page.map(({ id }) => id));
    if (met.length > 60) break;
    if (others === 'register') await add();
    const [gone] = page;
    if (others === 'delete' && gone) {
      await send('DELETE', `${server.url}${path}/${gone.id}`);
      stay.delete(gone.id);
    }
  }
  const missed = [...stay].filter((id) => !met.includes(id)).length;
  return { missed, twice: met.length - new Set(met).size };
}

for (const [name, open, pages] of [
  ['naive, by offset:  ', openNaive, byOffset],
  ['careful, by cursor:', openCareful, byCursor],
] as const) {
  const deleting = await read(open, pages, 'delete');
  const registering = await read(open, pages, 'register');
  console.log(
    `${name} others delete, missed ${deleting.missed || 'none'}; others register, met twice ${registering.twice || 'none'}`,
  );
  if (open === openCareful && deleting.missed + registering.twice > 0) process.exitCode = 1;
}
