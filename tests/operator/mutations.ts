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

const RAW = 'RAW_EVENTS_STREAM';
const DLQ = 'SALES_EVENTS_DLQ';
const CHECKPOINT = (sets: string, group: string) =>
  `UPDATE INGESTION_CHECKPOINTS SET ${sets} WHERE CONSUMER_GROUP = '${group}'`;

function inserted({ json }: MutationSql, topic: string, offset: number, partition = 0): string {
  const metadata = JSON.stringify({ topic, partition, offset, timestamp_ms: 1, key: null });
  return `INSERT INTO ${RAW} (EVENT_TYPE, EVENT_METADATA, EVENT_CONTENT) SELECT 'X', ${json(metadata)}, ${json('{"a":1}')}`;
}

/** Each corrupts a correct warehouse in one way. */
export const MUTATIONS: Mutation[] = [
  {
    name: 'a row is deleted',
    statements: ({ at }) => [`DELETE FROM ${RAW} WHERE ${at(AT.order)}`],
    says: /offsets are missing among @5,/,
  },
  {
    name: 'a row is deleted and counted as a gap',
    statements: ({ at }, _topic, group) => [
      `DELETE FROM ${RAW} WHERE ${at(AT.order)}`,
      CHECKPOINT('STORED = STORED - 1, GAPS = GAPS + 1', group),
    ],
    says: /are in the log but in no table: @5$/m,
    isDeep: true,
  },
  {
    name: 'a row is deleted and counted as skipped',
    statements: ({ at }, _topic, group) => [
      `DELETE FROM ${RAW} WHERE ${at(AT.order)}`,
      CHECKPOINT('STORED = STORED - 1, SKIPPED = SKIPPED + 1', group),
    ],
    says: /are in the log but in no table: @5$/m,
    isDeep: true,
  },
  {
    name: 'a row is deleted and another one duplicated',
    statements: ({ at }) => [
      `DELETE FROM ${RAW} WHERE ${at(AT.order)}`,
      `INSERT INTO ${RAW} SELECT * FROM ${RAW} WHERE ${at(AT.other)}`,
    ],
    says: /more than once: @6$[^]*among @5,/m,
  },
  {
    name: 'a dead letter is deleted',
    statements: ({ at }) => [`DELETE FROM ${DLQ} WHERE ${at(AT.letter)}`],
    says: /among @20-21,/,
  },
  {
    name: 'a dead letter is deleted and counted as a gap',
    statements: ({ at }, _topic, group) => [
      `DELETE FROM ${DLQ} WHERE ${at(AT.letter)}`,
      CHECKPOINT('DEAD_LETTERED = DEAD_LETTERED - 1, GAPS = GAPS + 1', group),
    ],
    says: /are in the log but in no table: @20$/m,
    isDeep: true,
  },
  {
    name: 'a row is duplicated',
    statements: ({ at }) => [`INSERT INTO ${RAW} SELECT * FROM ${RAW} WHERE ${at(AT.order)}`],
    says: /more than once: @5$/m,
  },
  {
    name: 'a row is duplicated and counted twice',
    statements: ({ at }, _topic, group) => [
      `INSERT INTO ${RAW} SELECT * FROM ${RAW} WHERE ${at(AT.order)}`,
      CHECKPOINT('STORED = STORED + 1, GAPS = GAPS - 1', group),
    ],
    says: /more than once: @5$/m,
  },
  {
    name: 'a dead letter is also stored',
    statements: (sql, topic) => [inserted(sql, topic, AT.letter)],
    says: /both stored and dead-lettered: @20$/m,
  },
  {
    name: 'a row lies beyond the checkpoint',
    statements: (sql, topic) => [inserted(sql, topic, 1000)],
    says: /beyond every checkpoint: @1000$/m,
  },
  {
    name: 'a row names a partition that does not exist',
    statements: (sql, topic) => [inserted(sql, topic, 3, 7)],
    says: /-7@3, but no group has a checkpoint there/,
  },
  {
    name: 'a row has no metadata',
    statements: ({ at, json }) => [`UPDATE ${RAW} SET EVENT_METADATA = ${json('{}')} WHERE ${at(AT.order)}`],
    says: /among @5,[^]*1 row of RAW_EVENTS_STREAM without topic, partition and offset/,
  },
  {
    name: 'a dead letter has no offset',
    statements: ({ at, edited }) => [
      `UPDATE ${DLQ} SET EVENT_METADATA = ${edited('EVENT_METADATA', '"offset":', '"was":')} WHERE ${at(AT.letter)}`,
    ],
    says: /among @20-21,[^]*1 row of SALES_EVENTS_DLQ without topic, partition and offset/,
  },
  {
    name: 'a row names the offset of an aborted record',
    statements: ({ at, edited }) => [
      `UPDATE ${RAW} SET EVENT_METADATA = ${edited('EVENT_METADATA', '"offset":5', '"offset":23')} WHERE ${at(AT.order)}`,
    ],
    says: /are in the log but in no table: @5$[^]*the log has no record there: @23$/m,
    isDeep: true,
  },
  {
    name: 'content is changed',
    statements: ({ at, edited }) => [
      `UPDATE ${RAW} SET EVENT_CONTENT = ${edited('EVENT_CONTENT', 'ORDER', 'ORDEAL')} WHERE ${at(AT.order)}`,
    ],
    says: /differ in EVENT_CONTENT from the record in the log: @5$/m,
    isDeep: true,
  },
  {
    name: 'the event type is changed',
    statements: ({ at }) => [`UPDATE ${RAW} SET EVENT_TYPE = 'OTHER' WHERE ${at(AT.order)}`],
    says: /differ in EVENT_TYPE, PRODUCT_ID or CUSTOMER_ID from the record in the log: @5$/m,
    isDeep: true,
  },
  {
    name: 'the product is missing',
    statements: ({ at }) => [`UPDATE ${RAW} SET PRODUCT_ID = NULL WHERE ${at(AT.order)}`],
    says: /differ in EVENT_TYPE, PRODUCT_ID or CUSTOMER_ID from the record in the log: @5$/m,
    isDeep: true,
  },
  {
    name: 'the key is changed',
    statements: ({ at, edited }) => [
      `UPDATE ${RAW} SET EVENT_METADATA = ${edited('EVENT_METADATA', 'cellar', 'attic')} WHERE ${at(AT.order)}`,
    ],
    says: /differ in key or timestamp \(EVENT_METADATA\) from the record in the log: @5$/m,
    isDeep: true,
  },
  {
    name: "a dead letter's value is changed",
    statements: ({ at }) => [`UPDATE ${DLQ} SET ORIGINAL_VALUE = '{}' WHERE ${at(AT.letter)}`],
    says: /differ in value, key, headers or timestamp \(SALES_EVENTS_DLQ\).*: @20$/m,
    isDeep: true,
  },
  {
    name: "a dead letter's key is missing",
    statements: ({ at }) => [`UPDATE ${DLQ} SET ORIGINAL_KEY = NULL WHERE ${at(AT.letter)}`],
    says: /differ in value, key, headers or timestamp \(SALES_EVENTS_DLQ\).*: @20$/m,
    isDeep: true,
  },
  {
    name: "a dead letter's header is changed",
    statements: ({ at, edited }) => [
      `UPDATE ${DLQ} SET HEADERS = ${edited('HEADERS', 'till-7', 'till-8')} WHERE ${at(AT.letter)}`,
    ],
    says: /differ in value, key, headers or timestamp \(SALES_EVENTS_DLQ\).*: @20$/m,
    isDeep: true,
  },
  {
    name: 'a counter is off',
    statements: (_sql, _topic, group) => [CHECKPOINT('SKIPPED = SKIPPED + 1', group)],
    says: /partition 0: the counters of the checkpoint add up to 31, not to its 30 offsets/,
  },
  {
    name: 'tombstones are counted as gaps',
    statements: (_sql, _topic, group) => [CHECKPOINT('SKIPPED = SKIPPED - 1, GAPS = GAPS + 1', group)],
    says: /partition 0: the ledger counts 1 skipped, but the log holds 1 tombstones and 1 redriven/,
    isDeep: true,
  },
  {
    name: 'offsets were lost',
    statements: (_sql, _topic, group) => [CHECKPOINT('LOST = LOST + 1, GAPS = GAPS - 1', group)],
    says: /partition 0: 1 offsets below 30 were lost/,
  },
  {
    name: 'the checkpoint is moved back',
    statements: (_sql, _topic, group) => [
      CHECKPOINT('NEXT_OFFSET = 28, STORED = STORED - 1, SKIPPED = SKIPPED - 1', group),
    ],
    says: /beyond every checkpoint: @28$/m,
  },
  {
    name: 'the checkpoint is moved beyond the log',
    statements: (_sql, _topic, group) => [CHECKPOINT('NEXT_OFFSET = 40, GAPS = GAPS + 10', group)],
    says: /partition 0: the checkpoint 40 is beyond the end of the log, 30/,
  },
  {
    name: 'the checkpoint is missing',
    statements: (_sql, _topic, group) => [
      `DELETE FROM INGESTION_CHECKPOINTS WHERE CONSUMER_GROUP = '${group}'`,
    ],
    says: /are at @0, @1, .*no group has a checkpoint there/,
  },
  {
    name: 'a tombstone has a row',
    statements: (sql, topic, group) => [
      inserted(sql, topic, AT.tombstone),
      CHECKPOINT('STORED = STORED + 1, SKIPPED = SKIPPED - 1', group),
    ],
    says: /differ in EVENT_CONTENT from the record in the log: @21$/m,
    isDeep: true,
  },
  {
    name: 'a redriven message is stored twice',
    statements: ({ at, edited }, _topic, group) => [
      `INSERT INTO ${RAW} SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, ${edited('EVENT_METADATA', '"offset":28', '"offset":29')}, EVENT_CONTENT, INGESTION_TIME FROM ${RAW} WHERE ${at(AT.redriven)}`,
      CHECKPOINT('STORED = STORED + 1, SKIPPED = SKIPPED - 1', group),
    ],
    says: /were redriven and are stored a second time: @29$/m,
    isDeep: true,
  },
  {
    name: 'a redriven message is deleted and counted as skipped',
    statements: ({ at }, _topic, group) => [
      `DELETE FROM ${RAW} WHERE ${at(AT.redriven)}`,
      CHECKPOINT('STORED = STORED - 1, SKIPPED = SKIPPED + 1', group),
    ],
    says: /the dead letter @27 is marked as stored at @28, but there is no row/,
  },
];
