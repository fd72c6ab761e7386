/**
 * U+001E (record separator) separates the rows of a long list; U+001F (unit separator) separates the JSON list of a
 * staged row from the event's own text. Given as byte, as text, and as SQL literal. JSON escapes both in strings and
 * allows them nowhere else, so no JSON text contains one.
 */
export const ROW_SEPARATOR = { byte: 0x1e, text: '\x1e', sql: String.raw`'\x1e'` } as const;
export const TEXT_SEPARATOR = { byte: 0x1f, text: '\x1f', sql: String.raw`'\x1f'` } as const;
