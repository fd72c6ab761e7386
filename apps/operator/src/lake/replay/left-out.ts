import { partitionName, type TopicPartition } from '#pipeline';

/** Offsets [from, to) of a partition that were passed over, and why. Some of them may never have had a record. */
export interface LeftOutRange extends TopicPartition {
  from: number;
  /** Null if the end is not known, because nothing follows. */
  to: number | null;
  /** The object; null if there is none. */
  key: string | null;
  why: string;
}

/** Collects what a replay passes over, in the order in which it is found. */
export class LeftOut {
  readonly #ranges = new Map<string, LeftOutRange>();
  readonly #starts = new Map<string, number>();

  get ranges(): LeftOutRange[] {
    return [...this.#ranges.values()];
  }

  /** Ignores offsets of this partition below `from`: they are read, and not needed. */
  begin(at: TopicPartition, from: number): void {
    this.#starts.set(partitionName(at), from);
  }

  /** A range that is read again counts once. */
  add(given: LeftOutRange): void {
    const range = { ...given, from: Math.max(given.from, this.#starts.get(partitionName(given)) ?? 0) };
    if (range.to !== null && range.to <= range.from) return;
    const name = `${partitionName(range)}@${range.from}`;
    const before = this.#ranges.get(name);
    if ((before?.to ?? 0) < (range.to ?? Infinity)) this.#ranges.set(name, range);
  }

  /** The number of left-out offsets in [from, to). */
  countIn({ topic, partition }: TopicPartition, from: number, to: number): number {
    return this.ranges
      .filter((range) => range.topic === topic && range.partition === partition)
      .reduce(
        (sum, range) => sum + Math.max(0, Math.min(to, range.to ?? from) - Math.max(from, range.from)),
        0,
      );
  }
}

/** `sales_events-3@1000-1999: ...` */
export function leftOutText({ from, to, key, why, ...at }: LeftOutRange): string {
  const offsets =
    to === null ? `${from} and what follows` : from === to - 1 ? `${from}` : `${from}-${to - 1}`;
  return `Left out: ${partitionName(at)}@${offsets}: ${key === null ? '' : `${key}, `}${why}`;
}
