import { promisify } from 'node:util';
import { createGunzip, createZstdDecompress, gunzip, zstdDecompress } from 'node:zlib';
import { uncompress as uncompressSnappy } from 'snappy';
import { lz4Chunks, mostLz4Bytes, wholeLz4 } from './lz4-frame.js';
import { readSnappyBlock, snappyLength } from './snappy-block.js';
import { corrupt, tooLarge, UndecodableError } from '../records/undecodable.js';
import { isXerial, xerialBlocks } from './xerial-snappy.js';

export interface DecompressionLimits {
  /** Up to this size, records are decompressed into one buffer. */
  wholeBytes: number;
  /** The decompressed size of one block that cannot be read in parts. */
  blockBytes: number;
  /** The decompressed size of a batch that is read in parts. */
  batchBytes: number;
}

/** The records of a batch: in one buffer, or chunk by chunk if they are too large for that. */
export type Decompressed = { whole: Buffer } | { chunks: AsyncGenerator<Buffer> };

interface Codec {
  name: string;
  decompress(bytes: Buffer, limits: DecompressionLimits): Promise<Decompressed>;
}

const CHUNK_BYTES = 128 * 1024;
/** Node allocates it up front, and most batches are smaller. */
const WHOLE_CHUNK_BYTES = 32 * 1024;

/**
 * Up to this size, native addons decompress. They are faster, but return memory of their own allocator, which the
 * garbage collector does not count and which is slow to give memory back to the system.
 */
const ADDON_BYTES = 4 * 1024 * 1024;

/** The most blocks to decompress concurrently. The Java client's blocks have 32 KiB. */
const MOST_AT_ONCE = 512;

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
    mostLz4Bytes(bytes) <= Math.min(wholeBytes, ADDON_BYTES)
      ? { whole: await wholeLz4(bytes) }
      : { chunks: lz4Chunks(bytes) },
};

/** The Java client writes blocks in xerial's framing; librdkafka and others write one bare block. */
const SNAPPY: Codec = {
  name: 'snappy',
  async decompress(bytes, { wholeBytes, blockBytes }) {
    if (!isXerial(bytes)) {
      requireRoom(snappyLength(bytes), blockBytes);
      return { whole: await fromSnappy(bytes) };
    }
    let count = 0;
    let sum = 0;
    for (const block of xerialBlocks(bytes)) {
      const size = snappyLength(block);
      requireRoom(size, blockBytes);
      count += 1;
      sum += size;
    }
    return count <= MOST_AT_ONCE && sum <= wholeBytes
      ? { whole: Buffer.concat(await Promise.all([...xerialBlocks(bytes)].map(fromSnappy))) }
      : { chunks: eachOf(xerialBlocks(bytes), fromSnappy) };
  },
};

function requireRoom(blockSize: number, limit: number): void {
  if (blockSize <= limit) return;
  throw tooLarge(
    `a snappy block decompresses to ${blockSize} bytes; the limit is ${limit} ` +
      '(KAFKA_FETCH_MAX_DECOMPRESSED_BYTES), and a block cannot be read in parts',
  );
}

/** Indexed by the lowest bits of a batch's attributes; 0 means no compression. */
const CODECS: readonly (Codec | null)[] = [null, GZIP, SNAPPY, LZ4, ZSTD];
const CODEC_BITS = 0x07;

/**
 * Decompresses the records of a batch. Returns null if they are not compressed.
 *
 * @throws UndecodableError if the bytes are corrupt or exceed the limits; iterating the chunks can throw it too
 */
export async function decompress(
  attributes: number,
  bytes: Buffer,
  limits: DecompressionLimits,
): Promise<Decompressed | null> {
  const number = attributes & CODEC_BITS;
  const codec = CODECS[number];
  if (codec === null) return null;
  if (codec === undefined) throw corrupt(`compression codec ${number} is unknown`);
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
  blocks: Iterable<Buffer>,
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
          `its ${codec} decompresses to more than the limit of ${limit} bytes (KAFKA_BATCH_MAX_DECOMPRESSED_BYTES)`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    throw broken(codec, error);
  }
}

/** Copies the addon's result: the garbage collector does not count the addon's memory. */
async function fromSnappy(block: Buffer): Promise<Buffer> {
  if (snappyLength(block) > ADDON_BYTES) return readSnappyBlock(block);
  return Buffer.from(await uncompressSnappy(block, { asBuffer: true }));
}

function broken(codec: string, error: unknown): unknown {
  if (error instanceof UndecodableError) return error;
  return corrupt(`its ${codec} is broken: ${error instanceof Error ? error.message : String(error)}`);
}
