import { FaultError } from '#pipeline';

/** What an object covers: every offset of [first, next). */
export interface ObjectSummary {
  first: number;
  next: number;
  records: number;
  /** Offsets that retention deleted before they were read; the other offsets without a record never had one. */
  lost: number;
  /** The timestamp of the record at `next - 1`; null if Kafka has none. */
  lastTimestampMs: number | null;
}

/**
 * A zstd frame of user data, which decompressors skip. It is the end of every object, so that its summary can be read
 * without its content, and stays with the content when objects are copied from one store to another.
 */
const SKIPPABLE_FRAME = 0x184d2a50;
const HEADER_BYTES = 8;
export const FOOTER_BYTES = 256;
const FORMAT = 1;

export function footerOf({ first, next, records, lost, lastTimestampMs }: ObjectSummary): Buffer {
  const footer = Buffer.alloc(FOOTER_BYTES, ' ');
  footer.writeUInt32LE(SKIPPABLE_FRAME, 0);
  footer.writeUInt32LE(FOOTER_BYTES - HEADER_BYTES, 4);
  footer.write(JSON.stringify({ format: FORMAT, first, next, records, lost, lastTimestampMs }), HEADER_BYTES);
  return footer;
}

/** @throws FaultError if this is not the end of an object of the lake */
export function readFooter(key: string, tail: Buffer): ObjectSummary {
  const summary =
    tail.length === FOOTER_BYTES && tail.readUInt32LE(0) === SKIPPABLE_FRAME ? parse(tail) : null;
  if (summary === null) throw new FaultError(damaged(key, 'it does not end with the footer of an object'));
  return summary;
}

function parse(tail: Buffer): ObjectSummary | null {
  try {
    const { format, ...summary } = JSON.parse(tail.toString('utf8', HEADER_BYTES)) as Record<string, unknown>;
    const { first, next, records, lost, lastTimestampMs } = summary;
    const isSummary =
      format === FORMAT &&
      [first, next, records, lost].every((each) => Number.isSafeInteger(each)) &&
      (lastTimestampMs === null || Number.isSafeInteger(lastTimestampMs));
    return isSummary ? (summary as unknown as ObjectSummary) : null;
  } catch {
    return null;
  }
}

export function damaged(key: string, why: string) {
  return {
    class: 'setup' as const,
    code: 'LAKE_OBJECT_DAMAGED',
    message: `${key} is damaged, or not an object of the lake: ${why}`,
    remedy: 'Restore it from a copy or from an earlier version of it',
  };
}
