/** Rows that become UTF-8. None may hold the separator of the list that it becomes a part of: JSON escapes it. */
export interface Rows {
  readonly count: number;
  /** A cheap upper bound of what {@link write} writes. */
  mostBytes(index: number): number;
  /** Returns the position after the row. */
  write(index: number, into: Buffer, at: number): number;
}

/** UTF-8 bytes per UTF-16 unit of a string. */
const MOST_BYTES = 3;

/** Rows whose text is built only when it is written. */
export class TextRows implements Rows {
  #last = { index: -1, text: '' };

  constructor(private readonly texts: readonly (() => string)[]) {}

  get count(): number {
    return this.texts.length;
  }

  mostBytes(index: number): number {
    return this.#text(index).length * MOST_BYTES;
  }

  write(index: number, into: Buffer, at: number): number {
    return at + into.write(this.#text(index), at);
  }

  #text(index: number): string {
    if (this.#last.index !== index) this.#last = { index, text: this.texts[index]?.() ?? '' };
    return this.#last.text;
  }
}
