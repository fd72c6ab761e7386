import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import * as kafkajs from 'kafkajs';
import { CompressionTypes } from 'kafkajs';
import { compressFrame } from 'lz4-napi';
import { compress } from 'snappy';
import { decompress } from '../compression/decompression.js';
import { tooLarge } from '../records/undecodable.js';

/** kafkajs's wrapper around the bytes to compress. */
interface Encoder {
  buffer: Buffer;
}

interface Codec {
  compress(encoder: Encoder): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

interface CodecTable {
  CompressionCodecs: Record<number, () => Codec>;
}

const toGzip = promisify(gzip);
const toZstd = promisify(zstdCompress);

/** The limit when kafkajs decompresses: messages of older formats, which cannot be read in parts. */
const MOST_BYTES = 32 * 1024 * 1024;
const LIMITS = { wholeBytes: MOST_BYTES, blockBytes: MOST_BYTES, batchBytes: MOST_BYTES };

function reading(type: CompressionTypes): Pick<Codec, 'decompress'> {
  return {
    decompress: async (buffer) => {
      const read = await decompress(type, buffer, LIMITS);
      if (read !== null && 'whole' in read) return read.whole;
      throw tooLarge(`it decompresses to more than ${MOST_BYTES} bytes`);
    },
  };
}

const CODECS: Record<number, Codec> = {
  [CompressionTypes.GZIP]: { compress: ({ buffer }) => toGzip(buffer), ...reading(CompressionTypes.GZIP) },
  [CompressionTypes.Snappy]: {
    compress: ({ buffer }) => compress(buffer),
    ...reading(CompressionTypes.Snappy),
  },
  [CompressionTypes.LZ4]: {
    compress: ({ buffer }) => compressFrame(buffer),
    ...reading(CompressionTypes.LZ4),
  },
  [CompressionTypes.ZSTD]: { compress: ({ buffer }) => toZstd(buffer), ...reading(CompressionTypes.ZSTD) },
};

/**
 * Registers all codecs with kafkajs, which has only gzip, and that without a size limit. A single batch with an unknown
 * codec would end the consumer, and snappy is the default of many producers. Safe to call more than once.
 */
export function registerCodecs(): void {
  // kafkajs is CommonJS: Node sees the codec table only on the default export, and the types omit it.
  const { CompressionCodecs } = (kafkajs as unknown as { default: CodecTable }).default;
  for (const [type, codec] of Object.entries(CODECS)) CompressionCodecs[Number(type)] = () => codec;
}
