import type { Checkpoint } from '#pipeline';
import type { Expectation } from '#traffic';

/** Where a message of the topic stands. */
export interface Spot {
  partition: number;
  offset: number;
}

/** A record of the topic. Fingerprints stand for bytes and for JSON, see fingerprint.ts. */
export interface LoggedMessage extends Spot {
  bytes: string;
  /** Null where the value is no JSON. */
  content: string | null;
}

/** An acknowledgement that the producer got. */
export interface Acknowledged extends Spot {
  bytes: string;
}

/** A row of RAW_EVENTS_STREAM. */
export interface StoredEvent extends Spot {
  content: string;
  /** When it was written, in milliseconds since 1970. */
  atMs: number;
}

/** A row of SALES_EVENTS_DLQ. */
export interface StoredLetter extends Spot {
  errorType: string;
  bytes: string;
  atMs: number;
}

/** A record of the dead-letter topic; `bytes` is null where its value was left out. */
export interface PublishedLetter extends Spot {
  bytes: string | null;
}

/** Everything that there is at the end of a run. */
export interface Books {
  /** The whole topic, as Kafka keeps it. */
  log: readonly LoggedMessage[];
  logEnds: ReadonlyMap<number, number>;
  acknowledged: readonly Acknowledged[];
  /** What is to come of each value that was ever sent, by the fingerprint of its bytes. */
  expected: ReadonlyMap<string, Expectation>;
  rows: readonly StoredEvent[];
  deadLetters: readonly StoredLetter[];
  published: readonly PublishedLetter[];
  checkpoints: readonly Checkpoint[];
  /** The group's committed offsets by partition. */
  committed: ReadonlyMap<number, number>;
}

export function spotName({ partition, offset }: Spot): string {
  return `${partition}@${offset}`;
}
