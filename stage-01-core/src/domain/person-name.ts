/** Most letters, marks, spaces, hyphens and apostrophes that one name may have (Unicode code points). */
export const NAME_MAX_LENGTH = 100;

// \p{L} is a letter of any script, \p{M} a mark that combines with the letter before it. The apostrophes are
// the typewriter's ' and the two that keyboards make of it; the hyphens are - and its two Unicode twins.
const NAME = /^(?!\p{M})[\p{L}\p{M} '‘’\-‐‑]+$/u;
const NOT_IN_A_NAME = /[^\p{L}\p{M} '‘’\-‐‑]/u;

/**
 * The one way in which a name is kept. The same é can be one character or an e with a mark; without a normal
 * form (NFC, Unicode annex 15) the two look alike and do not match.
 */
export function normalizeName(name: string): string {
  return name.normalize('NFC').trim();
}

/** What is wrong with a normalised name, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return `is empty: give 1 to ${NAME_MAX_LENGTH} letters`;
  const length = [...name].length;
  if (length > NAME_MAX_LENGTH) return `has ${length} characters: give ${NAME_MAX_LENGTH} at the most`;
  const [stranger] = NOT_IN_A_NAME.exec(name) ?? [];
  if (stranger) {
    return `has a character that names do not have, ${describe(stranger)}: use letters, spaces, hyphens and apostrophes`;
  }
  if (!NAME.test(name)) return 'begins with a mark that has no letter before it';
  if (!/\p{L}/u.test(name)) return 'has no letter';
  return undefined;
}

/** Text that is equal for two spellings which a person calls the same: any case, normal form and apostrophe. */
export function foldCase(text: string): string {
  // In upper case ß and SS, ς and σ meet; by way of lower case, ẞ joins them.
  return text.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC').replaceAll(/[‘’ʼ]/g, "'");
}

function describe(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return /\p{C}|\p{Z}/u.test(character) ? code : `${JSON.stringify(character)} (${code})`;
}
