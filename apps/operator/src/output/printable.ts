/**
 * Makes untrusted text safe for a terminal: escapes characters that would move the cursor, change colours or reverse
 * the text direction. Keeps line breaks if `lines` is set.
 */
export function printable(text: string, { lines = false }: { lines?: boolean } = {}): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu, (character) =>
    lines && character === '\n' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** A classic hex dump: the position, sixteen bytes, and their printable ASCII. */
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
