import type { EventValidator } from '#events';
import type { Lake, LakeObject, ObjectSummary } from '#lake';
import { FaultError, type Checkpoint } from '#pipeline';
import type { LedgerReader } from '#warehouse';
import { PartitionComparison, type Findings } from '../../verify/index.js';
import type { TablePartition } from './table-partition.js';
import { tableSentences } from './table-sentences.js';
import { noObjects, type PartitionFindings } from './verify-lake.js';

export interface TableComparison {
  partitions: TablePartition[];
  /** Whether a signal ended it early. */
  isStopped: boolean;
}

export interface Tables {
  reader: LedgerReader;
  checkpoints: readonly Checkpoint[];
  /** Tells whether the service stores a message or rejects it. */
  validator: EventValidator;
  /** Null if it is not known. */
  isCompacted: boolean | null;
}

/**
 * Compares each record of the lake with the tables, by offset, up to the checkpoints: rows below them no longer change.
 * Memory holds the record that is being compared.
 *
 * @param progress called with the number of offsets compared so far
 * @throws FaultError if the store or the warehouse does not respond
 */
export async function compareTables(
  lake: Lake,
  topic: string,
  extents: readonly PartitionFindings[],
  tables: Tables,
  { signal, progress }: { signal: AbortSignal; progress: (offsets: number) => void },
): Promise<TableComparison> {
  const firstRows = await tables.reader.firstRows(topic);
  const partitions: TablePartition[] = [];
  let before = 0;
  for (const extent of [...extents, ...withoutObjects(extents, tables.checkpoints)]) {
    const { partition } = extent;
    const checkpoint = tables.checkpoints.find((each) => each.partition === partition) ?? null;
    const to = Math.min(checkpoint?.nextOffset ?? 0, extent.next);
    const tablesFrom = firstRows.get(partition) ?? null;
    const letters = new Set(await tables.reader.deletedLetters(topic, partition));
    const walk = new Walk(lake, { topic, partition, to }, tables, { rowsFrom: tablesFrom ?? 0, letters });
    await walk.run(signal, (offsets) => {
      progress(before + offsets);
    });
    const found = {
      ...{ partition, to, tablesFrom, compared: walk.compared },
      checkpoint: checkpoint?.nextOffset ?? null,
      findings: walk.findings,
    };
    partitions.push({ ...found, ...tableSentences(topic, extent, found, tables.isCompacted) });
    if (signal.aborted) return { partitions, isStopped: true };
    before += walk.compared;
  }
  return { partitions, isStopped: false };
}

/** Walks through the objects of a partition. Objects that are missing or damaged end a comparison. */
class Walk {
  readonly #comparisons: PartitionComparison[] = [];
  #open: PartitionComparison | null = null;

  constructor(
    private readonly lake: Lake,
    private readonly span: { topic: string; partition: number; to: number },
    private readonly tables: Tables,
    private readonly deleted: { rowsFrom: number; letters: ReadonlySet<number> },
  ) {}

  get findings(): Findings[] {
    return this.#comparisons.map(({ findings }) => findings);
  }

  get compared(): number {
    return this.#comparisons.reduce((sum, { at, span }) => sum + at - span.from, 0);
  }

  async run(signal: AbortSignal, progress: (offsets: number) => void): Promise<void> {
    const { topic, partition, to } = this.span;
    try {
      for await (const object of this.lake.objects(topic, partition)) {
        if (object.first >= to || signal.aborted) break;
        await this.#take(object);
        progress(this.compared);
      }
    } finally {
      await this.#close();
    }
  }

  async #take(object: LakeObject): Promise<void> {
    try {
      const summary = await this.lake.summary(object.key);
      const comparison = await this.#comparisonAt(summary);
      for await (const record of this.lake.records(object)) {
        if (record.offset >= this.span.to) break;
        // Two objects may overlap.
        if (record.offset >= comparison.at) await comparison.take(record);
      }
      const end = Math.min(summary.next, this.span.to);
      if (end > comparison.at) await comparison.enter(end, false);
    } catch (error) {
      if (!(error instanceof FaultError) || error.fault.code !== 'LAKE_OBJECT_DAMAGED') throw error;
      await this.#close();
    }
  }

  async #comparisonAt({ first, lost }: ObjectSummary): Promise<PartitionComparison> {
    const isHole = this.#open !== null && first > this.#open.at;
    if (isHole) await this.#close();
    if (this.#open === null) {
      const span = { ...this.span, from: first };
      const { reader, validator } = this.tables;
      this.#open = new PartitionComparison(span, reader, validator, this.deleted);
      this.#comparisons.push(this.#open);
    }
    if (first === this.#open.at) await this.#open.enter(first, lost > 0);
    return this.#open;
  }

  async #close(): Promise<void> {
    await this.#open?.close();
    this.#open = null;
  }
}

/** Partitions that only the warehouse has. */
function withoutObjects(
  extents: readonly PartitionFindings[],
  checkpoints: readonly Checkpoint[],
): PartitionFindings[] {
  return checkpoints
    .filter(({ partition }) => extents.every((extent) => extent.partition !== partition))
    .map(({ partition }) => noObjects(partition));
}

/** The number of offsets to compare in all partitions, for a progress bar. */
export function offsetsToCompare(
  extents: readonly PartitionFindings[],
  checkpoints: readonly Checkpoint[],
): number {
  return extents.reduce((sum, { partition, from, next }) => {
    const checkpoint = checkpoints.find((each) => each.partition === partition)?.nextOffset ?? 0;
    return sum + Math.max(0, Math.min(next, checkpoint) - from);
  }, 0);
}
