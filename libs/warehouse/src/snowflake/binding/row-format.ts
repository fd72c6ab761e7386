/**
 * Between the rows of a long list: U+001E, the record separator; and within a row of the staging table, between its JSON
 * list and the event's own text: U+001F, the unit separator. As bytes, as text, and as SQL writes them. JSON escapes both
 * in strings and allows them nowhere else, so no JSON text holds one.
 */
export const ROW_SEPARATOR = { byte: 0x1e, text: '\x1e', sql: String.raw`'\x1e'` } as const;
export const TEXT_SEPARATOR = { byte: 0x1f, text: '\x1f', sql: String.raw`'\x1f'` } as const;
