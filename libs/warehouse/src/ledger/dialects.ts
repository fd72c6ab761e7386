/** How an engine reads what the ledger asks for. */
export interface LedgerDialect {
  /** A field of EVENT_METADATA. */
  text: (field: string) => string;
  integer: (field: string) => string;
  /** A timestamp, as a value whose number is milliseconds since 1970. */
  moment: (column: string) => string;
}

export const SNOWFLAKE: LedgerDialect = {
  text: (field) => `EVENT_METADATA:${field}::VARCHAR`,
  integer: (field) => `TRY_TO_NUMBER(EVENT_METADATA:${field}::VARCHAR)`,
  // The driver makes a Date of it.
  moment: (column) => column,
};

export const DUCKDB: LedgerDialect = {
  text: (field) => `(EVENT_METADATA->>'$.${field}')`,
  integer: (field) => `TRY_CAST(EVENT_METADATA->>'$.${field}' AS BIGINT)`,
  moment: (column) => `epoch_ms(${column})`,
};
