import type { Lake, ObjectSummary } from '#lake';
import {
  FaultError,
  partitionName,
  type Batch,
  type Checkpoint,
  type EventRepository,
  type Fault,
  type PartitionRange,
  type PartitionStart,
  type TopicPartition,
  type WriteResult,
} from '#pipeline';
import { RecordRow } from './record-row.js';

/** How many objects are compressed and written at once. */
const CONCURRENCY = 4;

/** Reports an object that this process has written. */
export type OnWritten = (object: { records: number; bytes: number }) => void;

type RangeResult =
  { kind: 'settled' } | { kind: 'stale'; checkpoint: Checkpoint } | { kind: 'fault'; fault: Fault };

/**
 * The lake as the pipeline's warehouse. It keeps no state but the objects: a partition's checkpoint is the end of its
 * last object. One batch becomes one object per partition. A process that is killed in between has written some of
 * them, whole, and the next one continues behind each.
 */
export class LakeRepository implements EventRepository {
  readonly warnings = [];
  /** The batch that is being written, and the partitions whose objects are there after earlier attempts. */
  #attempted: { id: string; settled: Set<string> } = { id: '', settled: new Set() };

  constructor(
    private readonly lake: Lake,
    private readonly onWritten: OnWritten,
  ) {}

  open(): Promise<Fault[]> {
    return this.lake.store.check();
  }

  async identity(): Promise<string> {
    return this.lake.store.location;
  }

  /** A partition without objects begins at offset 0, so that two archivers that both begin it write the same key. */
  async claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    const claimed: Checkpoint[] = [];
    for (const { topic, partition, requiredOffset } of partitions) {
      const last = await this.lake.last({ topic, partition });
      if (last === null && requiredOffset !== undefined) continue;
      claimed.push(checkpointAt({ topic, partition }, last?.next ?? 0, last?.lastTimestampMs ?? null));
    }
    return claimed;
  }

  async storedEnds(partitions: TopicPartition[]): Promise<number[]> {
    const ends: number[] = [];
    for (const at of partitions) ends.push((await this.lake.last(at))?.next ?? 0);
    return ends;
  }

  /** Several groups may archive into one lake: each offset is there once nevertheless. */
  async otherGroups(): Promise<string[]> {
    return [];
  }

  async write(batch: Batch): Promise<WriteResult> {
    const startedAt = performance.now();
    if (this.#attempted.id !== batch.id) this.#attempted = { id: batch.id, settled: new Set() };
    const { settled } = this.#attempted;
    const lines = RecordRow.linesOf(batch.rows);
    const ranges = batch.ranges.filter((range) => !settled.has(partitionName(range)));
    const results: RangeResult[] = [];
    for (let index = 0; index < ranges.length; index += CONCURRENCY) {
      const some = ranges.slice(index, index + CONCURRENCY);
      results.push(
        ...(await Promise.all(some.map((each) => this.#write(each, lines.get(each.partition) ?? [])))),
      );
    }
    const fault = results.find((result) => result.kind === 'fault');
    if (fault !== undefined) return fault;
    const checkpoints = results.flatMap((result) => (result.kind === 'stale' ? [result.checkpoint] : []));
    if (checkpoints.length > 0) return { kind: 'stale', checkpoints };
    return { kind: 'stored', seconds: (performance.now() - startedAt) / 1000 };
  }

  async close(): Promise<void> {
    await this.lake.store.close();
  }

  async #write(range: PartitionRange, lines: readonly Buffer[]): Promise<RangeResult> {
    const { topic, partition, from: first, to: next, stored: records, lost, lastTimestampMs } = range;
    const summary: ObjectSummary = { first, next, records, lost, lastTimestampMs };
    try {
      const appended = await this.lake.append({ topic, partition }, summary, lines);
      if (appended.kind === 'written') this.onWritten({ records, bytes: appended.bytes });
      // An object with the same end has the same records: an earlier attempt wrote it, or another archiver did.
      else if (appended.next !== next) {
        const { next: end, lastTimestampMs: endedAtMs } = appended;
        return { kind: 'stale', checkpoint: checkpointAt({ topic, partition }, end, endedAtMs) };
      }
      this.#attempted.settled.add(partitionName(range));
      return { kind: 'settled' };
    } catch (error) {
      if (error instanceof FaultError) return { kind: 'fault', fault: error.fault };
      const message = `Writing ${partitionName(range)}@${first} to the lake: ${String(error)}`;
      return { kind: 'fault', fault: { class: 'transient', code: 'UNPLANNED', message, remedy: null } };
    }
  }
}

/** Without counters: each object has its own. */
function checkpointAt(at: TopicPartition, nextOffset: number, lastTimestampMs: number | null): Checkpoint {
  const counters = { stored: 0, deadLettered: 0, skipped: 0, gaps: 0, lost: 0 };
  return { ...at, firstOffset: 0, nextOffset, ...counters, lastTimestampMs };
}
