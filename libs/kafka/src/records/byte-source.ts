/** What is yielded at once of bytes that need not lie together. */
const PIECE_BYTES = 1024 * 1024;

/** Lets other work go on, and tells the group that this member lives; called often. */
export type Pace = () => Promise<void> | undefined;

/** Bytes that come in chunks, and where reading stands in them. */
export class ByteSource {
  /** What has come and is not read yet begins at `at`. */
  bytes: Buffer;
  at = 0;
  /** How many bytes came before `bytes`. */
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

  /** How many bytes have been read. */
  get position(): number {
    return this.#before + this.at;
  }

  /** Has `count` bytes lie together at `at`. Returns false where fewer are to come. */
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

  /** The next `count` bytes in pieces as they come; fewer where the source ends. */
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

  /** Lets go of chunks that are not wanted any more. */
  async end(): Promise<void> {
    await this.chunks?.return?.();
  }
}
