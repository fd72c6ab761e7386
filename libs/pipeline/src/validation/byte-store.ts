/** Many copies share one block, so that the garbage collector has few objects to track. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Copies bytes out of a fetch that is not compact, so that a few kept bytes do not keep the whole fetch in memory. The
 * copies are outside of V8's heap, where the garbage collector would move them repeatedly while they wait.
 */
export class ByteStore {
  #block = Buffer.alloc(0);
  #used = 0;

  copy(bytes: Buffer): Buffer {
    if (this.#used + bytes.length > this.#block.length) {
      if (bytes.length > BLOCK_BYTES / 4) return Buffer.from(bytes);
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#used = 0;
    }
    const copy = this.#block.subarray(this.#used, this.#used + bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }
}
