/** The kinds of columns. Every engine has a type for each. */
export type ColumnKind =
  /** Unicode text. */
  | 'text'
  /** At least the safe integers of JavaScript. */
  | 'integer'
  /** Any JSON value. */
  | 'json'
  /** A JSON object. */
  | 'object'
  /** A timestamp with its time zone. */
  | 'timestamp';

export interface Column {
  name: string;
  kind: ColumnKind;
  /** Whether the column refuses NULL. */
  required: boolean;
  /** The limit of the text in code points, if there is one. */
  length?: number;
  /** Defaults to the time of the insert; no statement of ours names it. */
  insertedAt?: true;
  /** NULL when the row is inserted; filled by a later action on it. Older tables may lack it. */
  filledLater?: true;
}

export interface Table {
  name: string;
  columns: readonly Column[];
}

/** The events. One row each. */
export const RAW_EVENTS_STREAM = {
  name: 'RAW_EVENTS_STREAM',
  columns: [
    { name: 'EVENT_TYPE', kind: 'text', required: false, length: 50 },
    { name: 'PRODUCT_ID', kind: 'integer', required: false },
    { name: 'CUSTOMER_ID', kind: 'integer', required: false },
    { name: 'EVENT_METADATA', kind: 'object', required: true },
    { name: 'EVENT_CONTENT', kind: 'json', required: true },
    { name: 'INGESTION_TIME', kind: 'timestamp', required: false, insertedAt: true },
  ],
} as const satisfies Table;

/**
 * The events that cannot be stored. One row each; see {@link DeadLetterRecord} for the columns, and
 * {@link DeadLetterEntry} for those that are filled later.
 */
export const SALES_EVENTS_DLQ = {
  name: 'SALES_EVENTS_DLQ',
  columns: [
    { name: 'ERROR_TYPE', kind: 'text', required: true },
    { name: 'ERROR_REASON', kind: 'text', required: true },
    { name: 'ERROR_DETAILS', kind: 'json', required: false },
    { name: 'EVENT_TYPE', kind: 'text', required: false },
    { name: 'ORIGINAL_VALUE', kind: 'text', required: false },
    { name: 'VALUE_ENCODING', kind: 'text', required: false },
    { name: 'ORIGINAL_KEY', kind: 'text', required: false },
    { name: 'KEY_ENCODING', kind: 'text', required: false },
    { name: 'HEADERS', kind: 'json', required: false },
    { name: 'EVENT_METADATA', kind: 'object', required: true },
    { name: 'ATTEMPT', kind: 'integer', required: true },
    { name: 'FAILED_AT', kind: 'timestamp', required: true },
    { name: 'INGESTION_TIME', kind: 'timestamp', required: false, insertedAt: true },
    { name: 'REDRIVE_ID', kind: 'text', required: false, filledLater: true },
    { name: 'REDRIVEN_AT', kind: 'timestamp', required: false, filledLater: true },
    { name: 'STORED_AT', kind: 'timestamp', required: false, filledLater: true },
    { name: 'STORED_METADATA', kind: 'object', required: false, filledLater: true },
    { name: 'RESOLVED_AT', kind: 'timestamp', required: false, filledLater: true },
    { name: 'RESOLUTION', kind: 'text', required: false, filledLater: true },
  ],
} as const satisfies Table;

/**
 * One row for each consumer group and partition; see {@link Checkpoint} for the columns.
 * NEXT_OFFSET - FIRST_OFFSET = STORED + DEAD_LETTERED + SKIPPED + GAPS + LOST.
 */
export const INGESTION_CHECKPOINTS = {
  name: 'INGESTION_CHECKPOINTS',
  columns: [
    { name: 'CONSUMER_GROUP', kind: 'text', required: true },
    { name: 'TOPIC', kind: 'text', required: true },
    { name: 'PARTITION', kind: 'integer', required: true },
    { name: 'FIRST_OFFSET', kind: 'integer', required: true },
    { name: 'NEXT_OFFSET', kind: 'integer', required: true },
    { name: 'STORED', kind: 'integer', required: true },
    { name: 'DEAD_LETTERED', kind: 'integer', required: true },
    { name: 'SKIPPED', kind: 'integer', required: true },
    { name: 'GAPS', kind: 'integer', required: true },
    { name: 'LOST', kind: 'integer', required: true },
    { name: 'LAST_TIMESTAMP_MS', kind: 'integer', required: false },
    { name: 'UPDATED_AT', kind: 'timestamp', required: true },
  ],
} as const satisfies Table;

/** The tables that the service writes to, in the order in which a batch writes them. */
export const TABLES: readonly Table[] = [RAW_EVENTS_STREAM, SALES_EVENTS_DLQ, INGESTION_CHECKPOINTS];

/** What operators did with dead letters. One row for each action on a letter; rows are only added. */
export const DEAD_LETTER_ACTIONS = {
  name: 'DEAD_LETTER_ACTIONS',
  columns: [
    { name: 'ACTION', kind: 'text', required: true },
    { name: 'ACTED_BY', kind: 'text', required: true },
    { name: 'REASON', kind: 'text', required: false },
    { name: 'CHANGED', kind: 'text', required: false },
    { name: 'REDRIVE_ID', kind: 'text', required: false },
    { name: 'EVENT_METADATA', kind: 'object', required: true },
    { name: 'ACTED_AT', kind: 'timestamp', required: false, insertedAt: true },
  ],
} as const satisfies Table;

/** All tables, except further ones for checkpoints. */
export const ALL_TABLES: readonly Table[] = [...TABLES, DEAD_LETTER_ACTIONS];

/** The columns that our inserts fill, in order. */
export function writtenColumns({ columns }: Table): Column[] {
  return columns.filter(({ insertedAt, filledLater }) => insertedAt !== true && filledLater !== true);
}

/** The staging table. An adapter's own is temporary; the previous service left a permanent one. */
export const STG_RAW_EVENTS_STREAM = 'STG_RAW_EVENTS_STREAM';

/** Orders and revenue by hour of ingestion and sales channel. */
export const ORDER_ANALYTICS = {
  name: 'ORDER_ANALYTICS',
  columns: ['HOUR', 'CHANNEL', 'ORDERS', 'REVENUE'],
} as const;
