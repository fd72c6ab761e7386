import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import * as kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress, uncompress } from 'snappy';
import { decompressXerial, isXerial } from './xerial-snappy.js';

/** The codecs' bytes as kafkajs hands them over when it writes. */
interface Encoder {
  buffer: Buffer;
}

interface Codec {
  compress(encoder: Encoder): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

interface CodecTable {
  CompressionTypes: typeof kafkajs.CompressionTypes;
  CompressionCodecs: Record<number, () => Codec>;
}

const toZstd = promisify(zstdCompress);
const fromZstd = promisify(zstdDecompress);

const SNAPPY: Codec = {
  compress: ({ buffer }) => compress(buffer),
  // The Java client frames its blocks as xerial does; librdkafka and others write one bare block.
  decompress: (buffer) =>
    isXerial(buffer)
      ? decompressXerial(buffer)
      : uncompress(buffer, { asBuffer: true }).then((bytes) => Buffer.from(bytes)),
};

const LZ4: Codec = {
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (buffer) => decompressFrame(buffer),
};

const ZSTD: Codec = {
  compress: ({ buffer }) => toZstd(buffer),
  decompress: (buffer) => fromZstd(buffer),
};

/**
 * Teaches kafkajs the codecs that it leaves to others. Without them a single compressed batch ends the consumer,
 * and snappy is what many producers use unasked. Gzip it knows itself. Safe to call more than once.
 */
export function registerCodecs(): void {
  // kafkajs is CommonJS: Node sees the codec table on its default export only, and its types do not know it.
  const { CompressionCodecs, CompressionTypes } = (kafkajs as unknown as { default: CodecTable }).default;
  CompressionCodecs[CompressionTypes.Snappy] = () => SNAPPY;
  CompressionCodecs[CompressionTypes.LZ4] = () => LZ4;
  CompressionCodecs[CompressionTypes.ZSTD] = () => ZSTD;
}
