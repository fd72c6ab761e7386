import { promisify } from 'node:util';
import { createGunzip, createZstdDecompress, gunzip, zstdDecompress } from 'node:zlib';
import { uncompress as uncompressSnappy } from 'snappy';
import { lz4Chunks, mostLz4Bytes, wholeLz4 } from './lz4-frame.js';
import { corrupt, tooLarge, UndecodableError } from './undecodable.js';
import { isXerial, xerialBlocks } from './xerial-snappy.js';

export interface DecompressionLimits {
  /** What may be decompressed in one piece. */
  wholeBytes: number;
  /** What one block may be decompressed to where it cannot be taken in parts. */
  blockBytes: number;
  /** What all of a batch may be decompressed to, part by part. */
  batchBytes: number;
}

/** The records of a batch: all of them in one memory, or chunk by chunk where they are too large for that. */
export type Decompressed = { whole: Buffer } | { chunks: AsyncGenerator<Buffer> };

interface Codec {
  name: string;
  decompress(bytes: Buffer, limits: DecompressionLimits): Promise<Decompressed>;
}

const CHUNK_BYTES = 128 * 1024;
/** Most are smaller, and this is allocated at once. */
const WHOLE_CHUNK_BYTES = 32 * 1024;

const inflate = promisify(gunzip);
const fromZstd = promisify(zstdDecompress);

const GZIP: Codec = {
  name: 'gzip',
  decompress: (bytes, { wholeBytes }) =>
    wholeOrChunks(
      () => inflate(bytes, { maxOutputLength: wholeBytes, chunkSize: WHOLE_CHUNK_BYTES }),
      () => createGunzip({ chunkSize: CHUNK_BYTES }),
      bytes,
    ),
};

const ZSTD: Codec = {
  name: 'zstd',
  decompress: (bytes, { wholeBytes }) =>
    wholeOrChunks(
      () => fromZstd(bytes, { maxOutputLength: wholeBytes, chunkSize: WHOLE_CHUNK_BYTES }),
      () => createZstdDecompress({ chunkSize: CHUNK_BYTES }),
      bytes,
    ),
};

const LZ4: Codec = {
  name: 'lz4',
  decompress: async (bytes, { wholeBytes }) =>
    mostLz4Bytes(bytes) <= wholeBytes ? { whole: await wholeLz4(bytes) } : { chunks: lz4Chunks(bytes) },
};

/** The Java client frames its blocks as xerial does; librdkafka and others write one bare block. */
const SNAPPY: Codec = {
  name: 'snappy',
  async decompress(bytes, { wholeBytes, blockBytes }) {
    const blocks = isXerial(bytes) ? xerialBlocks(bytes) : [bytes];
    const sizes = blocks.map(snappyLength);
    const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
    if (largest > blockBytes) {
      throw tooLarge(
        `a snappy block decompresses to ${largest} bytes; the limit is ${blockBytes} ` +
          '(KAFKA_FETCH_MAX_DECOMPRESSED_BYTES), and a block cannot be read in parts',
      );
    }
    const [only] = blocks;
    if (only !== undefined && blocks.length === 1) return { whole: await fromSnappy(only) };
    const isSmall = sizes.reduce((sum, size) => sum + size, 0) <= wholeBytes;
    return isSmall
      ? { whole: Buffer.concat(await Promise.all(blocks.map(fromSnappy))) }
      : { chunks: eachOf(blocks, fromSnappy) };
  },
};

/** By the lowest bits of a batch's attributes; 0 is no compression. */
const CODECS: readonly (Codec | null)[] = [null, GZIP, SNAPPY, LZ4, ZSTD];
const CODEC_BITS = 0x07;

/**
 * The records of a batch, decompressed; null where they are not compressed.
 *
 * @throws UndecodableError, as the chunks do, where they are not what the codec wrote, or more than the limits allow
 */
export async function decompress(
  attributes: number,
  bytes: Buffer,
  limits: DecompressionLimits,
): Promise<Decompressed | null> {
  const number = attributes & CODEC_BITS;
  const codec = CODECS[number];
  if (codec === null) return null;
  if (codec === undefined) throw corrupt(`there is no compression of number ${number}`);
  try {
    const decompressed = await codec.decompress(bytes, limits);
    return 'whole' in decompressed
      ? decompressed
      : { chunks: limited(decompressed.chunks, codec.name, limits.batchBytes) };
  } catch (error) {
    throw broken(codec.name, error);
  }
}

async function wholeOrChunks(
  whole: () => Promise<Buffer>,
  stream: () => ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>,
  bytes: Buffer,
): Promise<Decompressed> {
  try {
    return { whole: await whole() };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    return { chunks: streamed(stream(), bytes) };
  }
}

async function* streamed(
  stream: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>,
  bytes: Buffer,
): AsyncGenerator<Buffer> {
  stream.end(bytes);
  for await (const chunk of stream) yield chunk as Buffer;
}

async function* eachOf(
  blocks: readonly Buffer[],
  decompressed: (block: Buffer) => Promise<Buffer>,
): AsyncGenerator<Buffer> {
  for (const block of blocks) yield await decompressed(block);
}

async function* limited(
  chunks: AsyncGenerator<Buffer>,
  codec: string,
  limit: number,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > limit) {
        throw tooLarge(
          `its ${codec} decompresses to more than ${limit} bytes, the limit (KAFKA_BATCH_MAX_DECOMPRESSED_BYTES)`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    throw broken(codec, error);
  }
}

/** A copy: what the addon returns lies outside of what the garbage collector counts. */
async function fromSnappy(block: Buffer): Promise<Buffer> {
  return Buffer.from(await uncompressSnappy(block, { asBuffer: true }));
}

/** A block begins with the length of what it decompresses to. */
function snappyLength(block: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw corrupt('a snappy block does not tell its length');
}

function broken(codec: string, error: unknown): unknown {
  if (error instanceof UndecodableError) return error;
  return corrupt(`its ${codec} is broken: ${error instanceof Error ? error.message : String(error)}`);
}
