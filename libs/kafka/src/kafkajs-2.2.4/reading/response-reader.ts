/** A response begins with its length, which does not include these bytes. */
const LENGTH_BYTES = 4;

/** Assembles the bytes of a connection into responses, each with its length prefix. */
export class ResponseReader {
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #response = this.#length;
  #end = 0;

  constructor(private readonly onResponse: (response: Buffer) => void) {}

  /**
   * Adds bytes that were read. Copies them: the caller may reuse the memory.
   *
   * @throws RangeError if a length is negative
   */
  add(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const taken = Math.min(bytes.length - from, this.#response.length - this.#end);
      this.#response.set(bytes.subarray(from, from + taken), this.#end);
      from += taken;
      this.#end += taken;
      if (this.#end < this.#response.length) return;
      if (this.#response === this.#length) this.#begin();
      else this.#finish();
    }
  }

  #begin(): void {
    const length = this.#length.readInt32BE();
    if (length < 0) throw new RangeError(`a response of ${length} bytes: the peer is not a Kafka broker`);
    this.#response = Buffer.allocUnsafeSlow(LENGTH_BYTES + length);
    this.#length.copy(this.#response);
    if (length === 0) this.#finish();
  }

  #finish(): void {
    const response = this.#response;
    this.#response = this.#length;
    this.#end = 0;
    this.onResponse(response);
  }
}
