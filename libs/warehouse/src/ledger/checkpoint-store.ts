import type { Checkpoint, Fault, TopicPartition } from '#pipeline';

/** Where a partition's checkpoint is to stand, and where it was when somebody decided that. */
export interface CheckpointMove extends TopicPartition {
  /** Null where there was none: it is made. */
  expected: number | null;
  to: number;
}

/** A checkpoint, when it was last written, and the table that has its row. */
export interface DatedCheckpoint extends Checkpoint {
  updatedAtMs: number;
  heldIn: string;
}

/** The checkpoints, for an operator who moves them while no ingester reads. */
export interface CheckpointStore {
  /** Every fault found; none means ready. */
  open(): Promise<Fault[]>;
  /**
   * Those of a group for a topic, by their partitions.
   *
   * @throws FaultError
   */
  read(group: string, topic: string): Promise<DatedCheckpoint[]>;
  /**
   * Moves all of them or, where one is not where it is expected, none, and returns whether it did. The ledger of
   * a partition that was moved begins anew: FIRST_OFFSET is NEXT_OFFSET, and every counter is 0, because nobody has counted
   * what the tables hold of the offsets between.
   *
   * @throws FaultError
   */
  move(group: string, moves: readonly CheckpointMove[]): Promise<boolean>;
  /**
   * What tells the warehouse from any other, as `EventRepository.identity` does.
   *
   * @throws FaultError
   */
  identity(): Promise<string>;
  close(): Promise<void>;
}
