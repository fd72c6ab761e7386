/** A frame is the length of its body in four bytes, then the body: JSON in UTF-8. */
const LENGTH_BYTES = 4;

/** What came from the other side is not what this protocol says. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

export function toFrame(message: object): Buffer {
  return toTextFrame(JSON.stringify(message));
}

/** @param text JSON */
export function toTextFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUInt32BE(body.length);
  body.copy(frame, LENGTH_BYTES);
  return frame;
}

/** Puts frames together from the chunks in which they arrive. Holds at most one incomplete frame. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /**
   * Returns the bodies of the frames that this chunk completes, parsed.
   *
   * @throws ProtocolError
   */
  read(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const bodies: unknown[] = [];
    for (let length = this.#nextLength(); length !== null; length = this.#nextLength()) {
      bodies.push(parse(this.#take(length)));
    }
    return bodies;
  }

  /** The length of the next body; null while it is not complete. */
  #nextLength(): number | null {
    if (this.#bytes < LENGTH_BYTES) return null;
    const [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length < LENGTH_BYTES) this.#chunks = [Buffer.concat(this.#chunks)];
    const length = this.#chunks[0]?.readUInt32BE() ?? 0;
    if (length > this.maxBytes) {
      throw new ProtocolError(`a message of ${length} bytes; the limit is ${this.maxBytes}`);
    }
    return this.#bytes < LENGTH_BYTES + length ? null : length;
  }

  #take(length: number): Buffer {
    const all = Buffer.concat(this.#chunks);
    const end = LENGTH_BYTES + length;
    this.#chunks = all.length === end ? [] : [all.subarray(end)];
    this.#bytes = all.length - end;
    return all.subarray(LENGTH_BYTES, end);
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ProtocolError('a message that is not JSON');
  }
}
