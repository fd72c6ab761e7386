import type { Awaited } from '../channels/commit-watch.js';
import type { Channel } from '../channels/channel.js';

/** The append of what a query found in the table. */
const FOUND = 0;

/** The offsets of a partition, from its checkpoint on, that a channel's table has or is about to have. */
export class AppendedOffsets {
  #appends = new Map<number, number>();
  /** The refused rows that were found, or were refused for an earlier owner. */
  #explained = 0;

  /**
   * The highest offset that the table may have. It is the text of every append's token, so that a later owner knows whether
   * to look for rows beyond its checkpoint, in whatever order they were appended.
   */
  highest = -1;

  constructor(readonly channel: Channel) {}

  /** The number of refused rows that nobody has found. */
  get unexplained(): number {
    return Math.max(0, this.channel.refused - this.#explained);
  }

  /** Whether rows of a later batch were appended. */
  hasFrom(offset: number): boolean {
    return [...this.#appends.keys()].some((each) => each >= offset);
  }

  async open(): Promise<void> {
    await this.channel.open();
    this.highest = Number(this.channel.text ?? -1);
    this.explain();
  }

  /** Counts all refused rows as found. */
  explain(): void {
    this.#explained = this.channel.refused;
  }

  /** Forgets rows that are not in the table, because Snowflake has refused them. */
  refused(offsets: readonly number[]): void {
    for (const offset of offsets) this.#appends.delete(offset);
    this.#explained += offsets.length;
  }

  get isEmpty(): boolean {
    return this.#appends.size === 0;
  }

  has(offset: number): boolean {
    return this.#appends.has(offset);
  }

  /** The number of offsets in [from, to). */
  countIn({ from, to }: { from: number; to: number }): number {
    return [...this.#appends.keys()].filter((offset) => offset >= from && offset < to).length;
  }

  add(offset: number, append: number): void {
    this.#appends.set(offset, append);
  }

  /** Replaces everything by what a query found, after the channel was opened. */
  replace(offsets: readonly number[]): void {
    this.#appends = new Map(offsets.map((offset) => [offset, FOUND]));
  }

  /** Forgets the offsets below a checkpoint. */
  forgetBelow(checkpoint: number): void {
    for (const offset of this.#appends.keys()) if (offset < checkpoint) this.#appends.delete(offset);
  }

  /** The append that has to be committed so that all of these offsets are in the table. */
  awaited(offsets: readonly number[]): Awaited {
    const appends = offsets.map((offset) => this.#appends.get(offset) ?? FOUND);
    return { channel: this.channel, append: appends.reduce((last, append) => Math.max(last, append), FOUND) };
  }
}
