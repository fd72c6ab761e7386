/** The largest piece that {@link ByteSource.pieces} yields. */
const PIECE_BYTES = 1024 * 1024;

/** Called often: yields to the event loop and sends heartbeats when they are due. */
export type Pace = () => Promise<void> | undefined;

/** A stream of chunks with a read position. */
export class ByteSource {
  /** The buffered bytes; those from `at` on are unread. */
  bytes: Buffer;
  at = 0;
  /** The stream position at which `bytes` begins. */
  #before = 0;

  constructor(
    bytes: Buffer,
    private readonly chunks: AsyncIterator<Buffer> | null,
    private readonly pace: Pace,
  ) {
    this.bytes = bytes;
  }

  get available(): number {
    return this.bytes.length - this.at;
  }

  /** The number of bytes read so far. */
  get position(): number {
    return this.#before + this.at;
  }

  /** Makes `count` contiguous bytes available at `at`. Returns false if the source ends before. */
  async fill(count: number): Promise<boolean> {
    if (this.available >= count) return true;
    const parts = [this.bytes.subarray(this.at)];
    let length = this.available;
    while (length < count) {
      const next = await this.chunks?.next();
      if (next === undefined || next.done === true) break;
      parts.push(next.value);
      length += next.value.length;
      await this.pace();
    }
    this.#before += this.at;
    this.at = 0;
    this.bytes =
      parts.length === 2 && parts[0]?.length === 0 ? (parts[1] ?? this.bytes) : Buffer.concat(parts);
    return length >= count;
  }

  /** Yields the next `count` bytes piece by piece; fewer if the source ends before. */
  async *pieces(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.available === 0 && !(await this.fill(1))) return;
      const piece = this.bytes.subarray(this.at, this.at + Math.min(left, PIECE_BYTES));
      this.at += piece.length;
      left -= piece.length;
      yield piece;
      await this.pace();
    }
  }

  async skip(count: number): Promise<void> {
    const pieces = this.pieces(count);
    while ((await pieces.next()).done !== true);
  }

  /** Closes the source and drops the remaining chunks. */
  async end(): Promise<void> {
    await this.chunks?.return?.();
  }
}
