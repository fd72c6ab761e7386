import { partitionName, type Batch, type PartitionRange, type TopicPartition } from '#pipeline';

/** The offsets of a partition's range that have a row or a dead letter. */
export type ReadStoredOffsets = (at: TopicPartition, from: number, to: number) => Promise<number[]>;

/** What the tables lack of a batch, and where its rows are in `batch.rows`. */
export interface Missing {
  batch: Batch;
  indexes: number[];
}

/** A query reads the metadata of whole tables, so it reads ahead. */
const WINDOW_OFFSETS = 200_000;

interface Window {
  partition: string;
  from: number;
  to: number;
  offsets: Set<number>;
}

/** Knows what the tables hold of one partition at a time, as long as nobody else writes there. */
export class StoredOffsets {
  #window: Window | null = null;

  constructor(private readonly read: ReadStoredOffsets) {}

  /** The rows and dead letters of a batch whose offsets have neither. */
  async missingOf(batch: Batch): Promise<Missing> {
    const stored = new Map<string, Set<number>>();
    for (const range of batch.ranges) stored.set(partitionName(range), await this.#offsetsOf(range));
    const isMissing = ({ message }: { message: TopicPartition & { offset: number } }) =>
      stored.get(partitionName(message))?.has(message.offset) !== true;
    const indexes = batch.rows.flatMap((row, index) => (isMissing(row) ? [index] : []));
    const rows = batch.rows.filter(isMissing);
    return { batch: { ...batch, rows, deadLetters: batch.deadLetters.filter(isMissing) }, indexes };
  }

  /** Notes that these rows and dead letters are committed. */
  add({ rows, deadLetters }: Batch): void {
    for (const { message } of [...rows, ...deadLetters])
      if (partitionName(message) === this.#window?.partition) this.#window.offsets.add(message.offset);
  }

  async #offsetsOf(range: PartitionRange): Promise<Set<number>> {
    const partition = partitionName(range);
    const known = this.#window;
    if (known?.partition === partition && known.from <= range.from && range.to <= known.to)
      return known.offsets;
    const to = Math.max(range.to, range.from + WINDOW_OFFSETS);
    const offsets = new Set(await this.read(range, range.from, to));
    this.#window = { partition, from: range.from, to, offsets };
    return offsets;
  }
}
