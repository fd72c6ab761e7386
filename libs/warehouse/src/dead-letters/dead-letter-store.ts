import type { FieldFault } from '#events';
import type { Coordinates, ErrorType, Fault, Timestamp } from '#pipeline';

/** What became of a dead letter, the later state first where several are true: stored, resolved, redriven, open. */
export const DEAD_LETTER_STATUSES = ['open', 'redriven', 'stored', 'resolved'] as const;
export type DeadLetterStatus = (typeof DEAD_LETTER_STATUSES)[number];

/**
 * What names a dead letter: where its message stood, and the message's timestamp, since a topic that was deleted
 * and made again has the same offsets once more.
 */
export interface DeadLetterKey extends Coordinates {
  timestampMs: Timestamp;
}

/** A dead letter before it is read. */
export interface FoundDeadLetter extends DeadLetterKey {
  /** Of the column that holds the value, in characters. */
  length: number;
}

/** The original value: whole, its first part where the table could not keep it, or nothing where the topic could not. */
export type OriginalValue =
  | { kind: 'whole'; bytes: Buffer }
  | { kind: 'omitted'; totalBytes: number }
  | { kind: 'prefix'; bytes: Buffer; totalBytes: number; sha256: string }
  | { kind: 'none' };

/** A row of SALES_EVENTS_DLQ, opened, or a record of the dead-letter topic. Times are milliseconds since 1970. */
export interface DeadLetterEntry extends DeadLetterKey {
  /** Null where only the table would know. */
  status: DeadLetterStatus | null;
  errorType: ErrorType;
  reason: string;
  details: FieldFault[];
  eventType: string | null;
  value: OriginalValue;
  /** Its beginning where {@link keyCutOff} says so; null also where the topic could not hold it. */
  key: Buffer | null;
  /** What is known of a key that is not there whole; the topic has no hash of it. */
  keyCutOff: { totalBytes: number; sha256: string | null } | null;
  /** In their order; a name may come more than once. */
  headers: { name: string; value: Buffer | null }[];
  /** How many headers the message had besides: only so many are kept. */
  headersOmitted: number;
  /** How often the message has become a dead letter so far. */
  attempt: number;
  failedAtMs: number;
  /** What the redriven message carries; one id for all the dead letters that a message became in turn. */
  redriveId: string | null;
  redrivenAtMs: number | null;
  /** When and where the redriven message was stored. */
  storedAtMs: number | null;
  storedAs: Coordinates | null;
  resolvedAtMs: number | null;
  resolution: string | null;
}

/** Which dead letters; null where anything fits. */
export interface DeadLetterFilter {
  statuses: readonly DeadLetterStatus[] | null;
  errorType: ErrorType | null;
  eventType: string | null;
  /** A field that is not as the contract says. */
  field: string | null;
  producer: string | null;
  topic: string | null;
  partition: number | null;
  /** Both included. */
  offsets: { first: number; last: number } | null;
  /** Failed at this time or later, and before that one. */
  failedSinceMs: number | null;
  failedBeforeMs: number | null;
  /** These letters only, among what fits otherwise. */
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

/** Only in values up to this length is the producer looked for: listing is to cost no more than reading one letter. */
export const MAX_SEARCHED_LENGTH = 1024 * 1024;

/** By what dead letters are grouped. `producer` is the header or the field `source_service`. */
export const GROUPINGS = ['type', 'event-type', 'field', 'producer', 'hour'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Dead letters that have the grouped values in common; those not grouped by are absent. */
export interface DeadLetterGroup {
  type?: string;
  eventType?: string | null;
  /** A letter with two faulty fields is in two groups; one without, in that of null. */
  field?: string | null;
  producer?: string | null;
  /** The hour's beginning. */
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
  /** Where the message was stored already, under this redrive id; then there is nothing to send. */
  storedAs: Coordinates | null;
}

/**
 * The table of dead letters, as an operator sees it. All calls but {@link open} and {@link close} throw FaultError.
 */
export interface DeadLetterStore {
  /** Connects and checks the table. Returns every fault found; none means ready. */
  open(): Promise<Fault[]>;

  /** How many letters fit, by their status. */
  count(filter: DeadLetterFilter): Promise<Record<DeadLetterStatus, number>>;

  /** The letters that fit, grouped; the largest group first. */
  groups(filter: DeadLetterFilter, by: readonly Grouping[]): Promise<DeadLetterGroup[]>;

  /** The letters that fit, by topic, partition and offset, each once: light enough to hold them all. */
  find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]>;

  /** The letters of these keys with all that the table holds, by topic, partition and offset. */
  read(keys: readonly DeadLetterKey[]): Promise<DeadLetterEntry[]>;

  /**
   * Gives letters the redrive id proposed, where they have none yet, and returns the one that each now has: before
   * anything is sent, so that a run that ends in between sends under the same id again.
   */
  claim(letters: readonly (DeadLetterKey & { redriveId: string })[]): Promise<ClaimedDeadLetter[]>;

  /** Notes that the source topic has acknowledged these. */
  markRedriven(keys: readonly DeadLetterKey[]): Promise<void>;

  /** Notes that somebody looked at these and leaves them as they are. */
  resolve(keys: readonly DeadLetterKey[], resolution: string): Promise<void>;

  close(): Promise<void>;
}
