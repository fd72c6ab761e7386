/**
 * The text in lines of at most this width, divided between words; a longer word has a line of its own.
 *
 * @param indent begins each line but the first
 */
export function wrapped(text: string, width: number, indent = ''): string[] {
  if (Array.from(text).length <= width) return [text];
  const lines: string[] = [];
  let line = '';
  // A word with the space before it, which aligns columns.
  for (const [word] of text.matchAll(/\s*\S+/gu)) {
    const longer = line + word;
    if (line.trim() === '' || Array.from(longer).length <= width) line = longer;
    else {
      lines.push(line);
      line = indent + word.trimStart();
    }
  }
  return [...lines, line];
}
