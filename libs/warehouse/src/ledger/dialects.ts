/** The SQL expressions of an engine that the ledger's queries need. */
export interface LedgerDialect {
  /** A field of EVENT_METADATA, or of another column. */
  text: (field: string, column?: string) => string;
  integer: (field: string, column?: string) => string;
  /** A timestamp, as a value that converts to epoch milliseconds. */
  moment: (column: string) => string;
  /** A JSON column as text. */
  json: (column: string) => string;
  /** An event's content, in the form that {@link ContentKind} names. */
  content: string;
  /** The SHA-256 of a text, in hexadecimal. */
  sha256: (column: string) => string;
  /** The length of a text in bytes. */
  bytes: (column: string) => string;
}

export const SNOWFLAKE: LedgerDialect = {
  text: (field, column = 'EVENT_METADATA') => `${column}:${field}::VARCHAR`,
  integer: (field, column = 'EVENT_METADATA') => `TRY_TO_NUMBER(${column}:${field}::VARCHAR)`,
  // The driver converts it to a Date.
  moment: (column) => column,
  json: (column) => `TO_JSON(${column})`,
  // A VARIANT keeps the value, not the text.
  content: 'TO_JSON(EVENT_CONTENT)',
  sha256: (column) => `SHA2(${column}, 256)`,
  bytes: (column) => `OCTET_LENGTH(${column})`,
};

export const DUCKDB: LedgerDialect = {
  text: (field, column = 'EVENT_METADATA') => `(${column}->>'$.${field}')`,
  integer: (field, column = 'EVENT_METADATA') => `TRY_CAST(${column}->>'$.${field}' AS BIGINT)`,
  moment: (column) => `epoch_ms(${column})`,
  json: (column) => `${column}::VARCHAR`,
  content: 'sha256(EVENT_CONTENT::VARCHAR)',
  sha256: (column) => `sha256(${column})`,
  bytes: (column) => `strlen(${column})`,
};
