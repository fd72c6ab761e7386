/** Many events share one, so that the garbage collector has few of them to look after. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Copies bytes out of a fetch that is not compact, so that what is kept of it does not keep all of it.
 * Outside of V8's heap, where what waits for the warehouse would be copied again and again.
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
