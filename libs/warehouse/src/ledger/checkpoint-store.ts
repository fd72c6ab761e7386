import type { Checkpoint, Fault, TopicPartition } from '#pipeline';

/** The new offset of a partition's checkpoint, and the offset it had when the move was decided. */
export interface CheckpointMove extends TopicPartition {
  /** Null if there was none; the move then creates it. */
  expected: number | null;
  to: number;
}

/** A checkpoint, the time of its last write, and the table that holds its row. */
export interface DatedCheckpoint extends Checkpoint {
  updatedAtMs: number;
  heldIn: string;
}

/** Lets an operator move checkpoints while no ingester is running. */
export interface CheckpointStore {
  /** Returns every fault found; none means ready. */
  open(): Promise<Fault[]>;
  /**
   * The checkpoints of a group for a topic, ordered by partition.
   *
   * @throws FaultError
   */
  read(group: string, topic: string): Promise<DatedCheckpoint[]>;
  /**
   * Moves all of them or, if one is not at its expected offset, none. Returns whether it moved them. The ledger of a
   * moved partition starts anew: FIRST_OFFSET is NEXT_OFFSET, and every counter is 0, because nobody has counted what the
   * tables hold of the offsets between.
   *
   * @throws FaultError
   */
  move(group: string, moves: readonly CheckpointMove[]): Promise<boolean>;
  /**
   * Identifies the warehouse, as `EventRepository.identity` does.
   *
   * @throws FaultError
   */
  identity(): Promise<string>;
  /**
   * Hands the partitions over to the SQL engine; only for checkpoints that Snowpipe Streaming keeps. Can be repeated after
   * an interruption. Returns the checkpoints from which that engine continues.
   *
   * @throws FaultError if the tables have more than the ledger says
   */
  handOver?(group: string, topic: string): Promise<Checkpoint[]>;
  close(): Promise<void>;
}
