import type { Batch, Fault, RejectedRow } from '#pipeline';

/** How the transaction of a batch ended. Indexes are those of `batch.rows`. */
export type RestoreResult =
  /** The tables hold every row and dead letter of the batch. These are the numbers of those that they lacked. */
  | { kind: 'restored'; rows: number; deadLetters: number }
  /** Nothing was written: these rows can never be stored. The caller dead-letters them and restores again. */
  | { kind: 'rejected'; rows: RejectedRow[] }
  /** Nothing was written: these are redriven dead letters that are stored at other offsets. The caller leaves them out. */
  | { kind: 'already-stored'; indexes: number[] }
  /** Nothing was written, or the result is unknown. Restoring the same batch again is safe. */
  | { kind: 'fault'; fault: Fault };

/**
 * Writes again what the tables have lost below the checkpoints, which it neither reads nor moves. An offset that has a row
 * or a dead letter is left out, so that every record is there once however often and by whomever it is restored. Calls do
 * not overlap.
 */
export interface RowRestorer {
  /** Returns every fault found; none means ready. Another restorer that is open can write nothing any more. */
  open(): Promise<Fault[]>;
  /**
   * Writes what is missing of a batch in one transaction. Every range must end at or below a checkpoint that was read
   * before {@link open}, because the owner of the partition writes above it. Never throws.
   */
  restore(batch: Batch): Promise<RestoreResult>;
  close(): Promise<void>;
}
