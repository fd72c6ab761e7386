/**
 * Makes untrusted text safe for a terminal: escapes characters that would move the cursor, change colours or reverse
 * the text direction. Keeps line breaks if `lines` is set.
 */
export function printable(text: string, { lines = false }: { lines?: boolean } = {}): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu, (character) =>
    lines && character === '\n' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
