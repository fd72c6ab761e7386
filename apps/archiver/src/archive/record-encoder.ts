import { LineWriter } from '#lake';
import {
  countTime,
  nearestMs,
  noneStored,
  type FetchedBatch,
  type MessageValidator,
  type Room,
  type StoredRow,
  type ValidatedRange,
} from '#pipeline';
import { RecordRow } from './record-row.js';

/** The memory of a waiting line in addition to its bytes. */
const OVERHEAD_BYTES = 250;

/**
 * Takes the place of the validator in the pipeline: the archiver keeps every record, good or bad. A row's content is the
 * record's line in the object. The line is a copy, so no fetch stays in memory.
 */
export class RecordEncoder implements Pick<MessageValidator, 'validate'> {
  readonly #lines = new LineWriter();

  /** Encodes records from `index` until the fetch ends or the room is used up; at least one. */
  validate(fetched: FetchedBatch, index: number, from: number, room: Room): ValidatedRange {
    const { topic, partition } = fetched;
    const place = { topic, partition };
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
      const { offset, timestampMs } = message;
      const line = this.#lines.write(message);
      rows.push(new RecordRow(place, offset, timestampMs, line));
      countTime(storedCounts, timestampMs);
      bytes += line.to - line.from + OVERHEAD_BYTES;
      gaps += offset - to;
      to = offset + 1;
      lastTimestampMs = nearestMs(timestampMs);
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
