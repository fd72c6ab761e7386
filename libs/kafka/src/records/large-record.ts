import { createHash } from 'node:crypto';
import type { ByteSource } from './byte-source.js';
import { FetchedRecord } from './fetched-record.js';
import { MAX_INTEGER_BYTES, type RecordFrame, type RecordReader } from './record-reader.js';
import { corrupt } from './undecodable.js';

/** How much of the key, of the value and of the headers is kept. */
const KEPT_BYTES = 64 * 1024;
/** Enough for the attributes, the time, the offset and the length of the key. */
const FRONT_BYTES = 32;

/**
 * Reads a record of `length` bytes that is too large for memory. Keeps the first bytes of key, value and headers, and
 * the SHA-256 of key and value. Returns null if the record's offset is below `from`.
 *
 * @throws UndecodableError
 */
export async function readLargeRecord(
  source: ByteSource,
  length: number,
  reader: RecordReader,
  { context }: RecordFrame,
  from: number,
): Promise<FetchedRecord | null> {
  const end = source.position + length;
  const left = () => end - source.position;
  const open = async (count: number) => {
    await source.fill(Math.min(count, left()));
    reader.open(source.bytes, source.at);
  };
  const integer = async () => {
    await open(MAX_INTEGER_BYTES);
    const number = reader.integer();
    source.at = reader.at;
    return number;
  };

  await open(FRONT_BYTES);
  const { offset, timestampMs, keyLength } = reader.front();
  source.at = reader.at;
  if (offset < from) {
    await source.skip(left());
    return null;
  }
  const keyHash = createHash('sha256');
  const key = await beginning(source, keyLength, left(), (piece) => keyHash.update(piece));
  const valueLength = await integer();
  const hash = createHash('sha256');
  const value = await beginning(source, valueLength, left(), (piece) => hash.update(piece));
  const headerCount = await integer();
  const isCutOff = left() > KEPT_BYTES;
  await open(KEPT_BYTES);
  const headersEnd = source.at + Math.min(left(), KEPT_BYTES);
  const { headers, omitted } = reader.headers(headerCount, headersEnd, isCutOff);
  await source.skip(left());
  return new FetchedRecord(
    Buffer.concat([key, value]),
    offset,
    timestampMs,
    0,
    keyLength < 0 ? -1 : key.length,
    key.length,
    valueLength < 0 ? -1 : value.length,
    detached(headers),
    context,
    omitted,
    {
      recordBytes: length,
      keyBytes: Math.max(0, keyLength),
      keySha256: keyHash.digest('hex'),
      valueBytes: Math.max(0, valueLength),
      sha256: hash.digest('hex'),
    },
  );
}

/** Reads `length` bytes and returns the first {@link KEPT_BYTES} of them. */
async function beginning(
  source: ByteSource,
  length: number,
  left: number,
  onPiece: (piece: Buffer) => void,
): Promise<Buffer> {
  if (length > left) throw corrupt('a key or a value is longer than its record');
  const kept = Buffer.allocUnsafeSlow(Math.min(Math.max(0, length), KEPT_BYTES));
  let read = 0;
  for await (const piece of source.pieces(length)) {
    if (read < kept.length) piece.copy(kept, read);
    read += piece.length;
    onPiece(piece);
  }
  if (read < length) throw corrupt('its records are cut short');
  return kept;
}

/** Copies the values, so that they do not keep the source's buffer alive. */
function detached(headers: FetchedRecord['headers']): FetchedRecord['headers'] {
  const copy = (value: Buffer | null) => value && Buffer.from(value);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(copy) : copy(value),
    ]),
  );
}
