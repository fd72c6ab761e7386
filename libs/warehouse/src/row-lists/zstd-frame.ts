import { once } from 'node:events';
import { constants, createZstdCompress } from 'node:zlib';

/** More than the head of a frame and the heads of its first and last block. */
const FRAME_BYTES = 32;

/** One frame of Zstandard, compressed piece by piece in another thread. */
export class ZstdFrame {
  readonly #stream = createZstdCompress({
    chunkSize: 64 * 1024,
    // Each piece is a block of its own, so that the size of what was added is known.
    flush: constants.ZSTD_e_flush,
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  readonly #compressed: Buffer[] = [];
  #bytes = 0;

  constructor() {
    this.#stream.on('data', (part: Buffer) => {
      this.#compressed.push(part);
      this.#bytes += part.length;
    });
  }

  /** The piece's memory may be reused once this resolves. Calls must not overlap. */
  async add(piece: Buffer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#stream.write(piece, (error) => {
      if (error) reject(error);
      else resolve(undefined);
    });
    await promise;
  }

  /** The largest size of the frame with this many bytes more. */
  mostBytes(more: number): number {
    // What cannot be compressed is kept in blocks of up to 128 KiB, with three bytes each.
    return this.#bytes + more + (more >> 12) + FRAME_BYTES;
  }

  async end(): Promise<Buffer<ArrayBuffer>> {
    this.#stream.end();
    await once(this.#stream, 'end');
    return Buffer.concat(this.#compressed);
  }
}
