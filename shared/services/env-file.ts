import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ServiceError } from './service-error.ts';

const opening = '# >>> written by "npm run services"; what is between these lines is not yours to keep';
const closing = '# <<< written by "npm run services"';

/**
 * Writes these variables into the file, in a block of their own, or takes the block away when there are none. All
 * other lines stay as they are, and a file without any is removed. Answers which of the variables the person has set
 * too: theirs counts, because the block stands first and the last line of a name wins.
 *
 * @throws ServiceError when the block has lost its end, so that nobody knows what is whose
 */
export function writeEnvironment(file: string, variables: Readonly<Record<string, string>>): string[] {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const own = withoutBlock(file, before);
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const text = lines.length === 0 ? own : `${[opening, ...lines, closing].join('\n')}\n${own}`;
  if (text === '') rmSync(file, { force: true });
  else if (text !== before) writeFileSync(file, text, { mode: 0o600 });
  // It holds a password, and a file that was there keeps its mode.
  if (lines.length > 0) chmodSync(file, 0o600);
  const theirs = parseEnv(own);
  return Object.keys(variables).filter((name) => theirs[name] !== undefined);
}

function withoutBlock(file: string, text: string): string {
  const from = text.indexOf(opening);
  if (from < 0) return text;
  const end = text.indexOf(closing, from);
  if (end < 0) {
    throw new ServiceError(
      `${file} has the line "${opening}", and not the one that ends the block, "${closing}". Put that one back behind what is not yours, or delete the block.`,
    );
  }
  return text.slice(0, from) + text.slice(end + closing.length).replace(/^\r?\n/, '');
}
