import type { FieldFault } from '#events';
import type { Coordinates, ErrorType, Fault, Timestamp } from '#pipeline';

/** If several statuses apply, the first of stored, resolved, redriven, open counts. */
export const DEAD_LETTER_STATUSES = ['open', 'redriven', 'stored', 'resolved'] as const;
export type DeadLetterStatus = (typeof DEAD_LETTER_STATUSES)[number];

/**
 * Identifies a dead letter: the coordinates of its message, and the message's timestamp, because a topic that was
 * deleted and recreated reuses its offsets.
 */
export interface DeadLetterKey extends Coordinates {
  timestampMs: Timestamp;
}

/** A dead letter that has been found, but not read. */
export interface FoundDeadLetter extends DeadLetterKey {
  /** Length of the value's column, in characters. */
  length: number;
}

/** The original value: whole, its first part where the table could not keep it, or nothing where the topic could not. */
export type OriginalValue =
  | { kind: 'whole'; bytes: Buffer }
  | { kind: 'omitted'; totalBytes: number }
  | { kind: 'prefix'; bytes: Buffer; totalBytes: number; sha256: string }
  | { kind: 'none' };

/** A decoded row of SALES_EVENTS_DLQ, or record of the dead-letter topic. Times are epoch milliseconds. */
export interface DeadLetterEntry extends DeadLetterKey {
  /** Null for a record of the topic: only the table knows the status. */
  status: DeadLetterStatus | null;
  errorType: ErrorType;
  reason: string;
  details: FieldFault[];
  eventType: string | null;
  value: OriginalValue;
  /** Only a prefix if {@link keyCutOff} is set. Also null if the topic could not hold it. */
  key: Buffer | null;
  /** Set if the key is incomplete. The topic has no hash of it. */
  keyCutOff: { totalBytes: number; sha256: string | null } | null;
  /** In the message's order. Names may repeat. */
  headers: { name: string; value: Buffer | null }[];
  /** Number of headers beyond the limit, which were not kept. */
  headersOmitted: number;
  /** How often the message has been dead-lettered so far. */
  attempt: number;
  failedAtMs: number;
  /** Carried by the redriven message. Repeated dead letters of one message share it. */
  redriveId: string | null;
  redrivenAtMs: number | null;
  /** When and where the redriven message was stored. */
  storedAtMs: number | null;
  storedAs: Coordinates | null;
  resolvedAtMs: number | null;
  resolution: string | null;
}

/** Selects dead letters. A field that is null matches everything. */
export interface DeadLetterFilter {
  statuses: readonly DeadLetterStatus[] | null;
  errorType: ErrorType | null;
  eventType: string | null;
  /** A field that violates the contract. */
  field: string | null;
  producer: string | null;
  topic: string | null;
  partition: number | null;
  /** Both inclusive. */
  offsets: { first: number; last: number } | null;
  /** Inclusive; `failedBeforeMs` is exclusive. */
  failedSinceMs: number | null;
  failedBeforeMs: number | null;
  /** Restricts the matches to these letters. */
  ids: readonly Coordinates[] | null;
}

export const ANY_DEAD_LETTER: DeadLetterFilter = {
  statuses: null,
  errorType: null,
  eventType: null,
  field: null,
  producer: null,
  topic: null,
  partition: null,
  offsets: null,
  failedSinceMs: null,
  failedBeforeMs: null,
  ids: null,
};

/** Longer values are not searched for the producer, so that listing costs no more than reading one letter. */
export const MAX_SEARCHED_LENGTH = 1024 * 1024;

/** What dead letters can be grouped by. `producer` is the header or the field `source_service`. */
export const GROUPINGS = ['type', 'event-type', 'field', 'producer', 'hour'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Dead letters with the same values. Only the fields of the groupings asked for are present. */
export interface DeadLetterGroup {
  type?: string;
  eventType?: string | null;
  /** A letter with two faulty fields is in two groups; a letter without one is in the null group. */
  field?: string | null;
  producer?: string | null;
  /** Start of the hour. */
  hourMs?: number;
  count: number;
  firstFailedAtMs: number;
  lastFailedAtMs: number;
  /** The letter that failed last. */
  last: Coordinates;
}

/** A dead letter that may be sent again. */
export interface ClaimedDeadLetter extends DeadLetterKey {
  redriveId: string;
  /** Where the message is already stored under this redrive id; then there is nothing to send. */
  storedAs: Coordinates | null;
}

/** Who acts on dead letters, and why. */
export interface Actor {
  user: string;
  reason: string | null;
}

/** A letter that was sent again. */
export interface RedrivenLetter extends DeadLetterKey {
  redriveId: string;
  /** The names of the fields that were changed; null if it was sent as received. */
  changed: string | null;
}

/** What an operator did with a dead letter. */
export interface DeadLetterAction {
  action: 'redrive' | 'resolve';
  by: string;
  reason: string | null;
  changed: string | null;
  redriveId: string | null;
  atMs: number;
}

/**
 * The operator's view of the dead-letter table. All methods except {@link open} and {@link close} throw FaultError.
 */
export interface DeadLetterStore {
  /** Connects and checks the table. Returns every fault found; none means ready. */
  open(): Promise<Fault[]>;

  /** Counts the matching letters by status. */
  count(filter: DeadLetterFilter): Promise<Record<DeadLetterStatus, number>>;

  /** Groups the matching letters, largest group first. */
  groups(filter: DeadLetterFilter, by: readonly Grouping[]): Promise<DeadLetterGroup[]>;

  /** Lists the matching letters once each, by topic, partition and offset. Small enough to hold all of them. */
  find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]>;

  /** Reads these letters in full, ordered by topic, partition and offset. */
  read(keys: readonly DeadLetterKey[]): Promise<DeadLetterEntry[]>;

  /**
   * Assigns the proposed redrive id to letters that have none, and returns the id that each now has. Called before
   * anything is sent, so that the rerun of an interrupted run sends under the same ids.
   */
  claim(letters: readonly (DeadLetterKey & { redriveId: string })[]): Promise<ClaimedDeadLetter[]>;

  /** Records that the source topic has acknowledged these, and who sent them. */
  markRedriven(letters: readonly RedrivenLetter[], by: Actor): Promise<void>;

  /** Records that an operator has dealt with these without a redrive. */
  resolve(keys: readonly DeadLetterKey[], by: Actor & { reason: string }): Promise<void>;

  /** What was done with a letter, oldest first. */
  actions(key: DeadLetterKey): Promise<DeadLetterAction[]>;

  close(): Promise<void>;
}
