/** SQL of an engine for the mutations. */
export interface MutationSql {
  json: (text: string) => string;
  /** The column with part of its text replaced. */
  edited: (column: string, from: string, to: string) => string;
  /** The condition for the rows of an offset. */
  at: (offset: number) => string;
}

export const MUTATION_SQL: Record<'DuckDB' | 'Snowflake', MutationSql> = {
  DuckDB: {
    json: (text) => `'${text}'::JSON`,
    edited: (column, from, to) => `replace(${column}::VARCHAR, '${from}', '${to}')::JSON`,
    at: (offset) => `TRY_CAST(EVENT_METADATA->>'$.offset' AS BIGINT) = ${offset}`,
  },
  Snowflake: {
    json: (text) => `PARSE_JSON('${text}')`,
    edited: (column, from, to) => `PARSE_JSON(REPLACE(TO_JSON(${column}), '${from}', '${to}'))`,
    at: (offset) => `EVENT_METADATA:offset::INTEGER = ${offset}`,
  },
};

/** The offsets of the test's records, in partition 0. */
export const AT = {
  order: 5,
  other: 6,
  letter: 20,
  tombstone: 21,
  aborted: 23,
  mended: 27,
  redriven: 28,
};

export interface Mutation {
  name: string;
  statements: (sql: MutationSql, topic: string, group: string) => string[];
  /** The expected sentences, with coordinates; `@` stands for the topic's partition 0. */
  says: RegExp;
  /** Set if only reading the topic finds it. */
  isDeep?: true;
}

export const RAW = 'RAW_EVENTS_STREAM';
export const DLQ = 'SALES_EVENTS_DLQ';
export function updateCheckpoint(sets: string, group: string): string {
  return `UPDATE INGESTION_CHECKPOINTS SET ${sets} WHERE CONSUMER_GROUP = '${group}'`;
}

/** An INSERT of a row at that offset. */
export function inserted({ json }: MutationSql, topic: string, offset: number, partition = 0): string {
  const metadata = JSON.stringify({ topic, partition, offset, timestamp_ms: 1, key: null });
  return `INSERT INTO ${RAW} (EVENT_TYPE, EVENT_METADATA, EVENT_CONTENT) SELECT 'X', ${json(metadata)}, ${json('{"a":1}')}`;
}
