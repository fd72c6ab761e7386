import { AT, inserted, RAW, updateCheckpoint, type Mutation } from './mutation.js';

/** Each corrupts RAW_EVENTS_STREAM in one way. */
export const ROW_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a row is deleted',
    statements: ({ at }) => [`DELETE FROM ${RAW} WHERE ${at(AT.order)}`],
    says: /offsets are missing among @5,/,
  },
  {
    name: 'a row is deleted and counted as a gap',
    statements: ({ at }, _topic, group) => [
      `DELETE FROM ${RAW} WHERE ${at(AT.order)}`,
      updateCheckpoint('STORED = STORED - 1, GAPS = GAPS + 1', group),
    ],
    says: /are in the log but in no table: @5$/m,
    isDeep: true,
  },
  {
    name: 'a row is deleted and counted as skipped',
    statements: ({ at }, _topic, group) => [
      `DELETE FROM ${RAW} WHERE ${at(AT.order)}`,
      updateCheckpoint('STORED = STORED - 1, SKIPPED = SKIPPED + 1', group),
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
    name: 'a row is duplicated',
    statements: ({ at }) => [`INSERT INTO ${RAW} SELECT * FROM ${RAW} WHERE ${at(AT.order)}`],
    says: /more than once: @5$/m,
  },
  {
    name: 'a row is duplicated and counted twice',
    statements: ({ at }, _topic, group) => [
      `INSERT INTO ${RAW} SELECT * FROM ${RAW} WHERE ${at(AT.order)}`,
      updateCheckpoint('STORED = STORED + 1, GAPS = GAPS - 1', group),
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
    name: 'a tombstone has a row',
    statements: (sql, topic, group) => [
      inserted(sql, topic, AT.tombstone),
      updateCheckpoint('STORED = STORED + 1, SKIPPED = SKIPPED - 1', group),
    ],
    says: /differ in EVENT_CONTENT from the record in the log: @21$/m,
    isDeep: true,
  },
  {
    name: 'a redriven message is stored twice',
    statements: ({ at, edited }, _topic, group) => [
      `INSERT INTO ${RAW} SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, ${edited('EVENT_METADATA', '"offset":28', '"offset":29')}, EVENT_CONTENT, INGESTION_TIME FROM ${RAW} WHERE ${at(AT.redriven)}`,
      updateCheckpoint('STORED = STORED + 1, SKIPPED = SKIPPED - 1', group),
    ],
    says: /were redriven and are stored a second time: @29$/m,
    isDeep: true,
  },
  {
    name: 'a redriven message is deleted and counted as skipped',
    statements: ({ at }, _topic, group) => [
      `DELETE FROM ${RAW} WHERE ${at(AT.redriven)}`,
      updateCheckpoint('STORED = STORED - 1, SKIPPED = SKIPPED + 1', group),
    ],
    says: /the dead letter @27 is marked as stored at @28, but there is no row/,
  },
];
