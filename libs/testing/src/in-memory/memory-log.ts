import {
  nearestMs,
  partitionName,
  type CommittedPosition,
  type EventSource,
  type EventSourceListener,
  type FetchedBatch,
  type LogBounds,
  type Message,
  type Position,
  type RecordTime,
  type TopicPartition,
  type TransactionProducer,
  type Undecodable,
} from '#pipeline';

/** A topic's partitions in memory, read as by kafkajs: with positions, pauses, and one fetch at a time. */
export class MemoryLog implements EventSource {
  readonly committedOffsets = new Map<string, number>();
  readonly committedMetadata = new Map<string, string>();
  readonly paused = new Set<string>();
  readonly positions = new Map<string, number>();
  readonly #messages = new Map<string, Message[]>();
  /** Transaction markers and other records that are not messages. */
  readonly #markers = new Map<string, RecordTime[]>();
  readonly #low = new Map<string, number>();
  readonly #ends = new Map<string, number>();
  readonly #transactions = new Map<string, Position & TransactionProducer>();
  #listener: EventSourceListener | null = null;

  constructor(readonly topic = 'sales_events') {}

  /** Appends a value to a partition and returns its offset. `gap` skips offsets before it, as compaction does. */
  append(
    partition: number,
    value: string | Buffer | null,
    {
      gap = 0,
      headers = {},
      timestampMs,
    }: Partial<Pick<Message, 'headers' | 'timestampMs'>> & { gap?: number } = {},
  ): number {
    const name = partitionName({ topic: this.topic, partition });
    const offset = (this.#ends.get(name) ?? 0) + gap;
    const messages = this.#messages.get(name) ?? [];
    messages.push({
      topic: this.topic,
      partition,
      offset,
      timestampMs: timestampMs ?? 1_750_000_000_000 + offset,
      key: Buffer.from(`key-${offset}`),
      value: typeof value === 'string' ? Buffer.from(value) : value,
      headers,
    });
    this.#messages.set(name, messages);
    this.#ends.set(name, offset + 1);
    return offset;
  }

  /** Appends transaction markers. */
  appendMarkers(partition: number, count: number, timestampMs?: number): void {
    const name = partitionName({ topic: this.topic, partition });
    const end = this.#ends.get(name) ?? 0;
    const markers = this.#markers.get(name) ?? [];
    for (let offset = end; offset < end + count; offset += 1) {
      markers.push({ offset, timestampMs: timestampMs ?? 1_750_000_000_000 + offset });
    }
    this.#markers.set(name, markers);
    this.#ends.set(name, end + count);
  }

  /** Leaves offsets at the log's end without records, as compaction does. */
  appendGap(partition: number, count: number): void {
    const name = partitionName({ topic: this.topic, partition });
    this.#ends.set(name, (this.#ends.get(name) ?? 0) + count);
  }

  /** Opens a transaction that begins with the next record. */
  openTransaction(partition: number, producer: TransactionProducer): void {
    const name = partitionName({ topic: this.topic, partition });
    const offset = this.#ends.get(name) ?? 0;
    this.#transactions.set(name, { topic: this.topic, partition, offset, ...producer });
  }

  /** Commits the open transaction. */
  commitTransaction(partition: number): void {
    this.#transactions.delete(partitionName({ topic: this.topic, partition }));
    this.appendMarkers(partition, 1);
  }

  /** Deletes everything below `offset`, as retention does. */
  truncate(partition: number, offset: number): void {
    const name = partitionName({ topic: this.topic, partition });
    this.#low.set(name, offset);
    this.#messages.set(
      name,
      (this.#messages.get(name) ?? []).filter((message) => message.offset >= offset),
    );
  }

  /** Removes one message, as compaction does if a later one has its key. */
  compact(partition: number, offset: number): void {
    const name = partitionName({ topic: this.topic, partition });
    this.#messages.set(
      name,
      (this.#messages.get(name) ?? []).filter((message) => message.offset !== offset),
    );
  }

  /** Recreates the partition, as deleting and recreating its topic does. */
  recreate(partition: number): void {
    const name = partitionName({ topic: this.topic, partition });
    for (const state of [this.#messages, this.#markers, this.#low, this.#ends]) state.delete(name);
  }

  /** Makes a fetch fail, as a broker that does not know the topic does. */
  interrupt(): void {
    this.#listener?.interrupted();
  }

  /** Joins the group with these partitions, as a rebalance does. */
  assign(...partitions: number[]): void {
    this.#listener?.assigned(partitions.map((partition) => ({ topic: this.topic, partition })));
  }

  isPaused(partition: number): boolean {
    return this.paused.has(partitionName({ topic: this.topic, partition }));
  }

  /** The result of a fetch at `offset`, with at most `count` messages. */
  fetch(
    partition: number,
    offset: number,
    {
      count = Infinity,
      heartbeat = () => Promise.resolve(),
      undecodable = null,
    }: { count?: number; heartbeat?: () => Promise<void>; undecodable?: Undecodable | null } = {},
  ): FetchedBatch {
    const name = partitionName({ topic: this.topic, partition });
    const end = this.#ends.get(name) ?? 0;
    const stable = this.#transactions.get(name)?.offset ?? end;
    const all = (this.#messages.get(name) ?? []).filter(
      (message) => message.offset >= offset && message.offset < stable,
    );
    const messages = all.slice(0, count);
    const read = messages.length === all.length ? stable : (messages.at(-1)?.offset ?? offset - 1) + 1;
    const nextOffset = undecodable?.first ?? read;
    const records = [...all, ...(this.#markers.get(name) ?? [])]
      .map((record): RecordTime => ({ offset: record.offset, timestampMs: nearestMs(record.timestampMs) }))
      .filter((record) => record.offset >= offset && record.offset < nextOffset)
      .sort((one, other) => one.offset - other.offset);
    return {
      topic: this.topic,
      partition,
      fetchedOffset: offset,
      nextOffset,
      first: records[0] ?? null,
      last: records.find((record) => record.offset === nextOffset - 1) ?? null,
      undecodable,
      highWatermark: end,
      isCompact: false,
      length: messages.length,
      bytes: messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0),
      at: (index) => {
        const message = messages[index];
        if (message === undefined) throw new RangeError(`no message ${index}`);
        return message;
      },
      heartbeat,
      resolve: () => {
        this.positions.set(name, nextOffset);
      },
    };
  }

  listen(listener: EventSourceListener): void {
    this.#listener = listener;
  }

  pause(partitions: TopicPartition[]): void {
    for (const partition of partitions) this.paused.add(partitionName(partition));
  }

  resume(partitions: TopicPartition[]): void {
    for (const partition of partitions) this.paused.delete(partitionName(partition));
  }

  seek({ offset, ...partition }: Position): void {
    this.positions.set(partitionName(partition), offset);
  }

  async bounds(partitions: TopicPartition[]): Promise<LogBounds[]> {
    return partitions.map(({ topic, partition }) => {
      const name = partitionName({ topic, partition });
      const high = this.#ends.get(name) ?? 0;
      const stable = this.#transactions.get(name)?.offset ?? high;
      return { topic, partition, low: this.#low.get(name) ?? 0, stable, high };
    });
  }

  async producerOf(position: Position): Promise<TransactionProducer | null> {
    const open = this.#transactions.get(partitionName(position));
    return open?.offset === position.offset
      ? { producerId: open.producerId, lastWriteMs: open.lastWriteMs }
      : null;
  }

  async committed(partitions: TopicPartition[]): Promise<CommittedPosition[]> {
    return partitions.flatMap(({ topic, partition }) => {
      const name = partitionName({ topic, partition });
      const offset = this.committedOffsets.get(name);
      const metadata = this.committedMetadata.get(name) ?? '';
      return offset === undefined ? [] : [{ topic, partition, offset, metadata }];
    });
  }

  async commit(positions: CommittedPosition[]): Promise<void> {
    for (const { offset, metadata, ...partition } of positions) {
      this.committedOffsets.set(partitionName(partition), offset);
      this.committedMetadata.set(partitionName(partition), metadata);
    }
  }

  position(partition: number): number | undefined {
    return this.positions.get(partitionName({ topic: this.topic, partition }));
  }
}
