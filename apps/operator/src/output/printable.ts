/**
 * Text of others as a terminal may see it: what would move the cursor, colour the screen or turn the writing round
 * is shown as its code. Line ends stay where they are wanted.
 */
export function printable(text: string, { lines = false }: { lines?: boolean } = {}): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu, (character) =>
    lines && character === '\n' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Bytes as hex dumps show them: where they stand, sixteen of them, and what of them is ASCII. */
export function hexDump(bytes: Buffer): string {
  const rows: string[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const row = bytes.subarray(start, start + 16);
    const hex = row.toString('hex').replace(/(..)(?=.)/g, '$1 ');
    const ascii = row.toString('latin1').replace(/[^ -~]/g, '.');
    rows.push(`${start.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return rows.join('\n');
}
