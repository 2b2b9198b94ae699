// What the lessons' own test would let through, it would let through in silence. So each thing that it must catch
// is planted here, in a small repository with one lesson.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createFolder } from '@medcenter/shared/testing';
import { type Lesson, readLesson } from './lesson.ts';
import { playLesson } from './play.ts';
import { referenceProblems } from './references.ts';
import { snippetProblems } from './snippets.ts';

const GREET = `
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
const [id] = process.argv.slice(2);
const old = id && readFileSync('id.txt', 'utf8');
if (id && id !== old) { console.error(\`no \${id}\`); process.exit(1); }
if (!id) writeFileSync('id.txt', randomUUID());
console.log('Hello');
console.error('id  ' + readFileSync('id.txt', 'utf8') + ' at ' + new Date().toISOString());
console.log(process.cwd());
`;

// A server that says what it is asked, in a terminal that may be slow.
const SERVE = `
import { createServer } from 'node:http';
const { PORT } = process.env;
const server = createServer((request, response) => {
  response.end('Hello ' + request.url);
  setTimeout(() => console.log('asked ' + request.url + ' in 1.5 ms'), 200);
});
server.on('error', ({ code }) => { console.error(code + ' at 127.0.0.1:' + PORT); process.exit(1); });
server.listen(PORT, '127.0.0.1', () => console.error('process ' + process.pid + ' on http://127.0.0.1:' + PORT));
process.once('SIGINT', () => process.exit(Number(process.argv[2] ?? 0)));
`;
const ASK = (path: string) =>
  `node -e "fetch('http://127.0.0.1:3000/${path}').then((answer) => answer.text()).then(console.log)"`;
const TOKEN = 'a'.repeat(43);

const ONE = '11111111-1111-4111-8111-111111111111';
const TWO = '22222222-2222-4222-8222-222222222222';

async function createLesson(t: TestContext, text: string): Promise<Lesson> {
  const root = await createFolder(t);
  await mkdir(join(root, 'src'));
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ scripts: { greet: 'node src/greet.mjs', serve: 'node src/serve.mjs' } }),
  );
  await writeFile(join(root, 'src', 'greet.mjs'), GREET);
  await writeFile(join(root, 'src', 'serve.mjs'), SERVE);
  await writeFile(join(root, 'src', 'code.ts'), 'if (one) {\n  if (two) {\n    three();\n  }\n}\n');
  await writeFile(join(root, 'other.md'), '# The `other` page\n## Twice\n## Twice\n');
  await writeFile(join(root, 'README.md'), text.replaceAll("'''", '```'));
  return readLesson(join(root, 'README.md'), root);
}

async function playText(t: TestContext, text: string) {
  return playLesson(await createLesson(t, text));
}

async function problemOf(t: TestContext, text: string): Promise<string> {
  const { problems } = await playText(t, text);
  return problems.map(({ line, message }) => `${line}: ${message}`).join('\n');
}

describe('a lesson that is true', () => {
  const text = `# Hello
'''console
$ npm run -s greet
Hello
id  ${ONE} at 2026-01-01T00:00:00.000Z
/home/you/medcenter
'''
'''console
$ npm run -s greet -- ${ONE}
…
id  ${ONE} at 2026-01-01T00:00:00Z
…
$ npx node -p "'7 apples and 12 pears'"
7 apples and 12 pears
'''
'''console exit=1
$ npm run -s greet -- ${TWO}
no ${TWO}
'''
'''console figures=vary
$ node -p "'3   apples, 1.25 s'"
44 apples, 0.5 s
'''
'''console types="tea at four"
$ node -e "process.stdin.pipe(process.stdout)"
…
tea at four
'''
'''txt holds=id.txt
${ONE}
'''
'''console no-run="opens a browser"
$ npm run all && more
'''
'''sh no-run="is for another machine"
npm ci
'''
`;

  test('passes, and tells what ran and what did not', async (t) => {
    const { problems, ran, notRun } = await playText(t, text);
    assert.deepEqual(problems, []);
    assert.equal(ran, 6);
    assert.deepEqual(notRun, ['npm run all && more (opens a browser)', 'npm ci (is for another machine)']);
  });

  test('leads to what is there, and shows code as it is', async (t) => {
    const lesson = await createLesson(
      t,
      `# Top of it
[a](other.md) [b](other.md#the-other-page) [c](#top-of-it) [d](src/) [e](other.md#twice-1) [f](https://example.org/#x)
Some \`npm run greet\` and \`npm run stage:N\` and \`[not](a-link)\`.
'''ts file=src/code.ts
if (two) {
  three();
}
'''
'''ts sketch
whatever();
'''`,
    );
    assert.deepEqual([...referenceProblems(lesson), ...snippetProblems(lesson)], []);
  });
});

describe('a lesson with a server', () => {
  const start =
    "'''console server figures=vary\n$ npm run -s serve\nprocess 7 on http://127.0.0.1:3000\n'''\n";

  test('starts it, sees what it says, and ends it, each in its place', async (t) => {
    const { problems, ran } = await playText(
      t,
      `${start}'''console
$ ${ASK('a')}
Hello /a
'''
'''txt server figures=vary
asked /a in 9.9 ms
'''
'''console exit=1
$ npm run -s serve
EADDRINUSE at 127.0.0.1:3000
'''
'''console
$ ${ASK('c')}
Hello /c
$ ${ASK('b')}
Hello /b
'''
'''txt server figures=vary lines=any-order
asked /b in 1.5 ms
asked /c in 1.5 ms
'''
'''console
$ ${ASK('b')}
Hello /b
'''
'''txt server
…
asked /b in 1.5 ms
^C
'''
${start}`,
    );
    assert.deepEqual(problems, []);
    assert.equal(ran, 7);
  });

  test('leaves none behind when it fails', async (t) => {
    const print = "fetch('http://127.0.0.1:3000/').then(() => console.log(process.env.PORT))";
    const problem = await problemOf(t, `${start}'''console\n$ node -e "${print}"\nx\n'''`);
    const [, port] = /It printed:\s+(\d+)/.exec(problem) ?? [];
    assert.ok(port, problem);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  });

  const wrong = {
    'a server that says something else': [
      "'''console server\n$ node -e \"console.log(1)\"\n2\n'''",
      /^2: node[\s\S]*did not print:\s+2/,
    ],
    'lines that it never wrote': [
      `${start}'''txt server\nnever\n^C\n'''`,
      /^5: [\s\S]*did not print:\s+never/,
    ],
    'an end with another exit code': [
      `${start.replace('npm run -s serve', 'node src/serve.mjs 3')}'''txt server\n^C\n'''`,
      /^5: The server left with 3/,
    ],
    'words of a server that there is not': [
      "'''console\n$ node -p 1\n1\n'''\n'''txt server\nx\n'''",
      /^5: No server/,
    ],
    'a second server at once': [`${start}${start}`, /^6: [\s\S]*still runs/],
    'two commands in its terminal': [
      "'''console server\n$ node -p 1\n$ node -p 1\n'''",
      /^1: .* takes one command/,
    ],
    'lines in any order, of which one is not there': [
      `${start}'''txt server lines=any-order\nprocess\n'''`,
      /^5: [\s\S]*did not print:\s+process/,
    ],
    'an order that is none': ["'''txt server lines=some\nx\n'''", /^1: write lines=any-order/],
    'figures that vary in a file': ["'''txt figures=vary holds=id.txt\n1\n'''", /^1: figures vary in what/],
    'curl where nothing runs it': ["'''sh\ncurl -s http://x\n'''", /^2: commands stand in/],
  } as const;
  for (const [what, [text, problem]] of Object.entries(wrong)) {
    test(`catches ${what}`, async (t) => assert.match(await problemOf(t, text), problem));
  }
});

test('a long word without spaces is one of the run, as an id is', async (t) => {
  const make = "'x'.repeat(20) + '-' + process.pid + '_'.repeat(20)";
  const text = `'''console\n$ node -p "${make}"\n${TOKEN}\n$ node -p "'${TOKEN}'"\n${TOKEN}\n'''`;
  assert.equal(await problemOf(t, text), '');
});

test('the id of a trace, or of a span, is one of the run', async (t) => {
  const [trace, span] = ['4f59a54cbaebfeee40baeb6a57c4e75b', '6bbdcc0c82f68ad3'];
  const make = (bytes: number) => `require('node:crypto').randomBytes(${bytes}).toString('hex')`;
  const print = `const t = ${make(16)}; t + ' ' + ${make(8)} + ' ' + t`;
  const text = `'''console\n$ node -p "${print}"\n${trace} ${span} ${trace}\n$ node -p "'${span}'"\n${span}\n'''`;
  assert.equal(await problemOf(t, text), '');
  assert.match(
    await problemOf(t, `'''console\n$ node -p "${make(16)} + ' ' + ${make(16)}"\n${trace} ${trace}\n'''`),
    /^2: /,
  );
});

test('a bar is as long as what it measures, where figures vary', async (t) => {
  const text = (bar: string) => `'''console figures=vary\n$ node -p "'1.5 ms  ██████'"\n2 ms   ${bar}\n'''`;
  assert.equal(await problemOf(t, text('██')), '');
  assert.match(await problemOf(t, text('')), /^2: /);
});

describe('it catches', () => {
  const blocks = {
    'an output that is another': [
      "'''console\n$ node -p \"1 + 1\"\n3\n'''",
      /^2: node -p[\s\S]*did not print:\s+3/,
    ],
    'an output that stops too early': ["'''console\n$ node -p 1\n1\n2\n'''", /^2: [\s\S]*did not print:\s+2/],
    'an output that nobody told of': ["'''console\n$ node -p \"1 + 1\"\n'''", /^2: .*\nIt printed more/],
    'a number where numbers do not vary': ["'''console\n$ node -p \"10\"\n11\n'''", /^2: /],
    'an exit code that is another': [
      "'''console\n$ node -e \"process.exit(1)\"\n'''",
      /^2: [\s\S]*left with 1, not/,
    ],
    'an exit code of success': ["'''console exit=1\n$ node -e \"1\"\n'''", /^2: [\s\S]*left with 0, not/],
    'an id that is another one later': [
      `'''console\n$ npm run -s greet\nHello\nid  ${ONE} at 2026-01-01T00:00:00Z\n…\n$ npm run -s greet\n…\nid  ${ONE} at 2026-01-01T00:00:00Z\n…\n'''`,
      /^6: /,
    ],
    'two ids that are one': [
      `'''console\n$ npm run -s greet\n…\nid  ${ONE} at 2026-01-01T00:00:00Z\n…\n$ npm run -s greet -- ${ONE}\n…\nid  ${TWO} at 2026-01-01T00:00:00Z\n…\n'''`,
      /^6: [\s\S]*another one here/,
    ],
    'a script that there is not': ["'''console\n$ npm run -s none\n'''", /^2: /],
    'a file that holds something else': [
      "'''console\n$ node -e \"fs.writeFileSync('a.txt', 'b')\"\n'''\n'''txt holds=a.txt\nc\n'''",
      /^4: a\.txt holds something else/,
    ],
    'a command in a block that nothing runs': ["'''sh\nnpm ci\n'''", /^2: commands stand in/],
    'a command in a block of no language': ["'''\nsome words\n$ node x\n'''", /^3: commands stand in/],
    'a shell block without a program': ["'''bash\ncd somewhere\n'''", /^2: commands stand in/],
    'nothing that is typed': ["'''console types\n$ node -v\n'''", /^1: say what is typed/],
    'a command that is not run for no reason': ["'''console no-run\n$ npm ci\n'''", /^1: say why/],
    'a misspelt word in the info string': [
      "'''console no_run=\"x\"\n$ npm ci\n'''",
      /^1: a console block knows no "no_run"/,
    ],
    'a misspelt word of another block': ["'''ts fiel=src/code.ts\n'''", /^1: a block knows no "fiel"/],
    'a block that does not begin with a command': ["'''console\nhello\n'''", /^1: a console block begins/],
    'a sign that shells differ in': ["'''console\n$ node -p 1 > x\n'''", /^2: ">" means something else/],
    'such a sign within quotes': ["'''console\n$ node -p \"$HOME\"\n'''", /^2: "\$" means something else/],
    'a quote that is not closed': ["'''console\n$ node -p \"1\n'''", /^2: """ means something else/],
    'a program that is not everywhere': ["'''console\n$ cat x\n'''", /^2: "cat" is not on every machine/],
    'a lesson without commands': ['# Nothing\nto do.', /^1: no command of the lesson is run/],
    'a lesson of which no command is run': ["'''console no-run=\"x\"\n$ npm ci\n'''", /^1: no command/],
  } as const;
  for (const [what, [text, problem]] of Object.entries(blocks)) {
    test(what, async (t) => assert.match(await problemOf(t, text), problem));
  }

  const references = {
    'a link to nothing': ['\n[a](none.ts)', /^2: the link none\.ts leads to nothing/],
    'an image of nothing': ['![a](none.png)', /leads to nothing/],
    'a link by name to nothing': ['[a][b]\n\n[b]: none.ts', /^3: .* leads to nothing/],
    'a heading that is not there': ['[a](#none)', /heading that is not there/],
    'a heading that is not in another page': ['[a](other.md#none)', /heading that is not there/],
    'a heading in a folder without a page': ['[a](src#x)', /heading that is not there/],
    'a link to a line': ['[a](src/code.ts#L2)', /counts lines/],
    'a link out of the repository': ['[a](../)', /out of the repository/],
    'a script in the prose that there is not': ['Run `npm run\nnone -- 1`.', /^1: there is no script "none"/],
  } as const;
  for (const [what, [text, problem]] of Object.entries(references)) {
    test(what, async (t) => {
      const problems = referenceProblems(await createLesson(t, text));
      assert.match(problems.map(({ line, message }) => `${line}: ${message}`).join(), problem);
    });
  }

  const snippets = {
    'a snippet that is not in its file any more': ["'''ts file=src/code.ts\nthree()\n'''", /word for word/],
    'a snippet whose inner indentation is another': [
      "'''ts file=src/code.ts\nif (two) {\nthree();\n}\n'''",
      /word/,
    ],
    'a snippet with a line left out': [
      "'''ts file=src/code.ts\nif (one) {\n    three();\n'''",
      /word for word/,
    ],
    'a snippet of a file that is gone': ["'''ts file=src/none.ts\nx\n'''", /there is no src\/none\.ts/],
    'a snippet of nothing': ["'''ts file=src/code.ts\n'''", /is empty/],
    'code that is from nowhere': ["'''ts\nx();\n'''", /names its file/],
  } as const;
  for (const [what, [text, problem]] of Object.entries(snippets)) {
    test(what, async (t) => {
      const problems = snippetProblems(await createLesson(t, text));
      assert.match(problems.map(({ message }) => message).join(), problem);
    });
  }
});

test('a page that need not have commands may have none', async (t) => {
  const lesson = await createLesson(t, '# Nothing');
  assert.deepEqual((await playLesson(lesson, { needsCommands: false })).problems, []);
});
