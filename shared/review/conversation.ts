import { createInterface, type Interface } from 'node:readline';
import { type Finding, parseFinding, parseFindings } from './finding.ts';
import type { Notes } from './notes.ts';
import type { FileDiff } from './unified-diff.ts';

export interface ConversationOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly files: readonly FileDiff[];
  readonly notes: Notes;
}

/**
 * Takes findings, one a line, until a blank one. What was typed in an earlier session counts too. A line that
 * cannot be read comes back to be mended. Undefined when the person leaves by Ctrl-C.
 */
export async function askFindings(options: ConversationOptions): Promise<Finding[] | undefined> {
  const { input, output, files, notes } = options;
  const say = (text: string) => output.write(`${text}\n`);
  const findings = parseFindings(await notes.read(), files).findings;
  if (findings.length > 0) {
    say(`Your findings of before count too (take away ${notes.path} to begin anew):`);
    for (const { typed } of findings) say(`  ${typed}`);
  }

  const lines = createInterface({ input, output, prompt: '' });
  const state = { open: true, left: false };
  lines.once('close', () => {
    state.open = false;
  });
  lines.once('SIGINT', () => {
    state.left = true;
    lines.close();
  });
  const ask = (text = '') => {
    // The last lines may still be waiting here when the input has ended.
    if (state.open) prompt(lines, `finding ${findings.length + 1}> `, text);
  };

  ask();
  for await (const typed of lines) {
    if (typed.trim() === '') break;
    const parsed = parseFinding(typed, files);
    if ('finding' in parsed) {
      findings.push(parsed.finding);
      await notes.add(typed);
      ask();
    } else {
      say(`This line ${parsed.problem}`);
      ask(typed);
    }
  }
  lines.close();
  say('');
  return state.left ? undefined : findings;
}

/** Asks for a line; a text that is there already can be edited. */
function prompt(lines: Interface, question: string, text: string): void {
  lines.setPrompt(question);
  lines.prompt();
  if (text) lines.write(text);
}
