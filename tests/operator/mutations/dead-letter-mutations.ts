import { AT, DLQ, updateCheckpoint, type Mutation } from './mutation.js';

/** Each corrupts SALES_EVENTS_DLQ in one way. */
export const DEAD_LETTER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a dead letter is deleted',
    statements: ({ at }) => [`DELETE FROM ${DLQ} WHERE ${at(AT.letter)}`],
    says: /among @20-21,/,
  },
  {
    name: 'a dead letter is deleted and counted as a gap',
    statements: ({ at }, _topic, group) => [
      `DELETE FROM ${DLQ} WHERE ${at(AT.letter)}`,
      updateCheckpoint('DEAD_LETTERED = DEAD_LETTERED - 1, GAPS = GAPS + 1', group),
    ],
    says: /are in the log but in no table, and are dead letters by the present contract: @20$/m,
    isDeep: true,
  },
  {
    name: 'a dead letter has no offset',
    statements: ({ at, edited }) => [
      `UPDATE ${DLQ} SET EVENT_METADATA = ${edited('EVENT_METADATA', '"offset":', '"was":')} WHERE ${at(AT.letter)}`,
    ],
    says: /among @20-21,[^]*1 row of SALES_EVENTS_DLQ without topic, partition and offset/,
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
];
