import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createZstdDecompress, zstdCompress } from 'node:zlib';
import { FaultError, type Message } from '#pipeline';
import { damaged, footerOf, type ObjectSummary } from './footer.js';
import { fromLine } from './record-line.js';

const compress = promisify(zstdCompress);

const OPTIONS = {
  chunkSize: 1024 * 1024,
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    // Readers notice damage.
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** The content of an object: the compressed lines, then the footer. Compresses outside of the event loop. */
export async function pack(lines: readonly Buffer[], summary: ObjectSummary): Promise<Buffer> {
  return Buffer.concat([await compress(Buffer.concat(lines), OPTIONS), footerOf(summary)]);
}

/** The records in the content of an object, in the order of offsets. @throws FaultError if it is damaged */
export async function* unpack(
  key: string,
  topic: string,
  content: AsyncIterable<Buffer>,
): AsyncIterable<Message> {
  const source = Readable.from(content);
  const decompress = createZstdDecompress();
  source.on('error', (error) => decompress.destroy(error));
  try {
    for await (const line of linesOf(source.pipe(decompress))) yield fromLine(line, topic);
  } catch (error) {
    if (error instanceof FaultError) throw error;
    throw new FaultError(damaged(key, error instanceof Error ? error.message : String(error)));
  } finally {
    source.destroy();
    decompress.destroy();
  }
}

const LINE_BREAK = 0x0a;

/** Splits at line breaks only: Node's readline also splits at U+2028, which JSON texts may contain. */
async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncIterable<string> {
  let begun: Buffer[] = [];
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end >= 0; end = chunk.indexOf(LINE_BREAK, from)) {
      begun.push(chunk.subarray(from, end));
      yield Buffer.concat(begun).toString();
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) throw new Error('its last line is cut off');
}
