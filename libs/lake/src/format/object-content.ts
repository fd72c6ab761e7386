import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { FaultError, type Message } from '#pipeline';
import { damaged, footerOf, type ObjectSummary } from './footer.js';
import { fromLine } from './record-line.js';

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
 * The records in the content of an object, in the order of offsets.
 *
 * @param onUnreadable called with what cannot be read, before the record that follows it; without it, that throws
 * @throws FaultError if it is damaged
 */
export async function* unpack(
  key: string,
  topic: string,
  content: AsyncIterable<Buffer>,
  onUnreadable = (part: UnreadablePart): void => {
    throw new FaultError(damaged(key, `line ${part.line}: ${part.why}`));
  },
): AsyncIterable<Message> {
  const source = Readable.from(content);
  const decompress = createZstdDecompress({ chunkSize: DECOMPRESSED_BYTES });
  source.on('error', (error) => decompress.destroy(error));
  let line = 0;
  try {
    for await (const lines of linesOf(source.pipe(decompress)))
      for (const text of lines) {
        line += 1;
        const record = fromLine(text, topic);
        if (record === null) onUnreadable({ line, isRest: false, why: 'it is not a record of the lake' });
        else yield record;
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

/** Splits at line breaks only: Node's readline also splits at U+2028, which JSON texts may contain. */
async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncIterable<Iterable<string>> {
  let begun: Buffer[] = [];
  for await (const chunk of bytes) {
    const end = chunk.indexOf(LINE_BREAK);
    if (end < 0) {
      begun.push(chunk);
      continue;
    }
    begun.push(chunk.subarray(0, end));
    yield [Buffer.concat(begun).toString()];
    const last = chunk.lastIndexOf(LINE_BREAK);
    yield wholeLines(chunk.subarray(end + 1, last + 1));
    begun = last + 1 < chunk.length ? [chunk.subarray(last + 1)] : [];
  }
  if (begun.length > 0) throw new Error('it is cut off');
}

/** The lines of bytes that are empty or end with a line break. */
function* wholeLines(bytes: Buffer): Iterable<string> {
  let from = 0;
  for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, from)) {
    yield bytes.toString('utf8', from, end);
    from = end + 1;
  }
}
