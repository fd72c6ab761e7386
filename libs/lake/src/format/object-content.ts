import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { FaultError, type Message } from '#pipeline';
import { damaged, footerOf, type ObjectSummary } from './footer.js';
import { LineReader } from './line-reader.js';

const OPTIONS = {
  chunkSize: 128 * 1024,
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    // Readers notice damage.
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** Smaller pieces cost more than they contain. */
const DECOMPRESSED_BYTES = 256 * 1024;

/**
 * The content of an object: the compressed lines, then the footer. Compresses outside of the event loop.
 *
 * @param lines each piece is one line or several
 */
export async function pack(lines: readonly Buffer[], summary: ObjectSummary): Promise<Buffer> {
  const compressed = await buffer(Readable.from(lines).pipe(createZstdCompress(OPTIONS)));
  return Buffer.concat([compressed, footerOf(summary)]);
}

/** What cannot be read of an object. */
export interface UnreadablePart {
  /** The number of the line, from 1. */
  line: number;
  /** Whether nothing after that line can be read either. */
  isRest: boolean;
  /** Without content of the record. */
  why: string;
}

/**
 * The records in the content of an object, in the order of offsets, in lists.
 *
 * @param onUnreadable called with what cannot be read, after the list of what is before it; without it, that throws
 * @throws FaultError if it is damaged
 */
export async function* unpack(
  key: string,
  topic: string,
  content: AsyncIterable<Buffer>,
  onUnreadable = (part: UnreadablePart): void => {
    throw new FaultError(damaged(key, `line ${part.line}: ${part.why}`));
  },
): AsyncIterable<Message[]> {
  const source = Readable.from(content);
  const decompress = createZstdDecompress({ chunkSize: DECOMPRESSED_BYTES });
  source.on('error', (error) => decompress.destroy(error));
  const reader = new LineReader(topic);
  let line = 0;
  try {
    for await (const lines of wholeLines(source.pipe(decompress))) {
      let records: Message[] = [];
      let from = 0;
      for (let to = lines.indexOf(LINE_BREAK); to >= 0; to = lines.indexOf(LINE_BREAK, from)) {
        line += 1;
        const record = reader.read(lines, from, to);
        from = to + 1;
        if (record !== null) {
          records.push(record);
          continue;
        }
        yield records;
        records = [];
        onUnreadable({ line, isRest: false, why: 'it is not a record of the lake' });
      }
      yield records;
    }
  } catch (error) {
    if (error instanceof FaultError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    onUnreadable({ line: line + 1, isRest: true, why });
  } finally {
    source.destroy();
    decompress.destroy();
  }
}

const LINE_BREAK = 0x0a;

/** Pieces that end with a line break. Node's readline also splits at U+2028, which JSON texts may contain. */
async function* wholeLines(bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let begun: Buffer[] = [];
  for await (const chunk of bytes) {
    const first = chunk.indexOf(LINE_BREAK) + 1;
    if (first === 0) {
      begun.push(chunk);
      continue;
    }
    const last = chunk.lastIndexOf(LINE_BREAK) + 1;
    yield Buffer.concat([...begun, chunk.subarray(0, first)]);
    yield chunk.subarray(first, last);
    begun = last < chunk.length ? [chunk.subarray(last)] : [];
  }
  if (begun.length > 0) throw new Error('it is cut off');
}
