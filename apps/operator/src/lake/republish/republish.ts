import type { Kafka } from 'kafkajs';
import { coordinatesText, type Message } from '#pipeline';
import { OperationError } from '../../failures.js';
import { fetchAt, type LakeAccess } from '../replay/lake-log.js';
import type { RunOptions } from '../replay/replay-run.js';
import type { LakeSpan } from '../replay/span.js';
import { copiedUpTo, PartitionCopy, sizeOf } from './partition-copy.js';

export interface Republished {
  /** Records written by this run. */
  sent: number;
  /** By partition, the lake's offset before which all is in the topic, and the end of the span. */
  partitions: { partition: number; next: number; end: number }[];
}

/** A transaction's size. */
const MOST_RECORDS = 5_000;
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Writes the records of these spans to the same partitions of a topic, in order, with their timestamps, keys and headers.
 * Continues where an earlier run of the same spans ended, and writes nothing twice.
 *
 * @param rate records a second; a transaction has at most as many
 * @throws FaultError, OperationError; what was committed before remains
 */
export async function republish(
  { access, kafka, target, rate }: { access: LakeAccess; kafka: Kafka; target: string; rate: number },
  spans: readonly LakeSpan[],
  { pace, isStopped, settled }: RunOptions,
): Promise<Republished> {
  const republished: Republished = { sent: 0, partitions: [] };
  for (const span of spans) {
    const state = { partition: span.log.partition, next: span.from, end: span.to };
    republished.partitions.push(state);
    const copy = await PartitionCopy.open(kafka, target, span);
    try {
      // After the transaction of a killed copy has ended.
      [state.next = span.from] = await copiedUpTo(kafka, target, [span]);
      settled(state.next - span.from);
      while (state.next < span.to && !isStopped()) {
        const fetched = await fetchAt(access, span.log, { from: state.next, to: span.to });
        const records = Array.from({ length: fetched.length }, (_, index) => fetched.at(index)).filter(
          (record) => isWhole(record, access),
        );
        const parts = partsOf(records, Math.min(rate, MOST_RECORDS));
        for (const [index, part] of parts.entries()) {
          const next = parts[index + 1]?.[0]?.offset ?? fetched.nextOffset;
          await copy.append(part, next);
          republished.sent += part.length;
          settled(next - state.next);
          state.next = next;
          await pace.taken(part.length);
          if (isStopped()) break;
        }
      }
    } finally {
      await copy.close();
    }
  }
  return republished;
}

/** In order; at least one part, which may be empty, so that offsets without records are settled too. */
function partsOf(records: readonly Message[], mostRecords: number): Message[][] {
  const parts: Message[][] = [[]];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    const part = parts.at(-1) ?? [];
    if (part.length > 0 && (part.length >= mostRecords || bytes + size > MOST_BYTES)) {
      parts.push([record]);
      bytes = size;
    } else {
      part.push(record);
      bytes += size;
    }
  }
  return parts;
}

/** @throws OperationError if the lake has only the beginning of the record, unless it may be left out */
function isWhole(record: Message, { leftOut }: LakeAccess): boolean {
  if (!record.oversize && (record.headersOmitted ?? 0) === 0) return true;
  const why = 'the lake has only the beginning of this record, which was too large to archive';
  if (leftOut === null)
    throw new OperationError(`${coordinatesText(record)}: ${why}. --skip-unreadable leaves it out.`);
  const { topic, partition, offset } = record;
  leftOut.add({ topic, partition, from: offset, to: offset + 1, key: null, why });
  return false;
}
