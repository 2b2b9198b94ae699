/** Breaks a text at its spaces. The first line has `used` columns less; the others begin with `indent`. */
export function wrapText(text: string, columns: number, indent = '', used = 0): string {
  const width = Math.min(columns, 90);
  const lines: string[] = [];
  let line = '';
  let room = width - used;
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = indent + word;
      room = width;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
