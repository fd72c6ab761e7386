import { toLine } from '#lake';
import {
  countTime,
  nearestMs,
  noneStored,
  type FetchedBatch,
  type Message,
  type MessageHeaders,
  type MessageValidator,
  type Room,
  type StoredRow,
  type ValidatedRange,
} from '#pipeline';

/** The memory of a waiting line in addition to its bytes. */
const OVERHEAD_BYTES = 250;
const NO_HEADERS: MessageHeaders = Object.freeze({});

/**
 * Takes the place of the validator in the pipeline: the archiver keeps every record, good or bad. A row's content is the
 * record's line in the object. The line is a copy, so no fetch stays in memory.
 */
export class RecordEncoder implements Pick<MessageValidator, 'validate'> {
  /** Encodes records from `index` until the fetch ends or the room is used up; at least one. */
  validate(fetched: FetchedBatch, index: number, from: number, room: Room): ValidatedRange {
    const { topic, partition } = fetched;
    const rows: StoredRow[] = [];
    const storedCounts = noneStored();
    let bytes = 0;
    let gaps = 0;
    let to = from;
    let lastTimestampMs: number | null = null;
    let next = index;
    while (next < fetched.length && (next === index || (rows.length < room.events && bytes < room.bytes))) {
      const message = fetched.at(next);
      next += 1;
      const row = rowOf(message);
      rows.push(row);
      countTime(storedCounts, message.timestampMs);
      bytes += row.content.length + OVERHEAD_BYTES;
      gaps += message.offset - to;
      to = message.offset + 1;
      lastTimestampMs = nearestMs(message.timestampMs);
    }
    if (next === fetched.length && fetched.nextOffset > to) {
      gaps += fetched.nextOffset - to;
      to = fetched.nextOffset;
      lastTimestampMs = fetched.last?.timestampMs ?? null;
    }
    const counts: ValidatedRange['counts'] =
      rows.length === 0 ? [] : [{ label: 'other', status: 'success', count: rows.length }];
    if (rows.length > 0) storedCounts.byLabel.set('other', rows.length);
    const none = { deadLetters: [], skipped: 0, lost: 0 };
    const range = { topic, partition, from, to, rows, storedCounts, ...none, gaps, lastTimestampMs, bytes };
    return { range, counts, drift: [], nextIndex: next };
  }
}

function rowOf(message: Message): StoredRow {
  const { topic, partition, offset, timestampMs } = message;
  return {
    message: { topic, partition, offset, timestampMs, key: null, headers: NO_HEADERS },
    content: Buffer.from(toLine(message)),
    label: 'other',
    eventType: null,
    productId: null,
    customerId: null,
    redriveId: null,
  };
}
