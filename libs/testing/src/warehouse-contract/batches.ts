import { randomUUID } from 'node:crypto';
import { countStored, type Batch, type DeadLetter, type PartitionRange, type StoredRow } from '#pipeline';

export const TOPIC = 'sales_events';
export const GROUP = 'ingestion';

/** By default an ORDER_CREATED of partition 0 without a key. */
export function row(
  offset: number,
  over: Partial<Omit<StoredRow, 'content'>> & { partition?: number; content?: string } = {},
): StoredRow {
  const { partition = 0, content = JSON.stringify({ event_type: 'ORDER_CREATED', offset }), ...rest } = over;
  return {
    message: {
      topic: TOPIC,
      partition,
      offset,
      timestampMs: 1_700_000_000_000 + offset,
      key: null,
      headers: {},
    },
    eventType: 'ORDER_CREATED',
    label: 'other',
    productId: 1000,
    customerId: 7,
    content: Buffer.from(content),
    redriveId: null,
    ...rest,
  };
}

/** By default a json_decode failure of partition 0. */
export function letter(offset: number, over: Partial<DeadLetter> = {}): DeadLetter {
  return {
    message: {
      topic: TOPIC,
      partition: 0,
      offset,
      timestampMs: 1_700_000_000_000 + offset,
      key: null,
      value: Buffer.from('{"event_type":'),
      headers: {},
    },
    errorType: 'json_decode',
    reason: 'The value is not JSON',
    details: [],
    eventType: null,
    label: 'other',
    attempt: 1,
    failedAtMs: 1_700_000_100_000,
    ...over,
  };
}

/** By default [from, to) of partition 0, all of it stored. */
export function range(from: number, to: number, over: Partial<PartitionRange> = {}): PartitionRange {
  const { deadLettered = 0, skipped = 0, gaps = 0, lost = 0 } = over;
  return {
    topic: TOPIC,
    partition: 0,
    from,
    to,
    stored: to - from - deadLettered - skipped - gaps - lost,
    deadLettered,
    skipped,
    gaps,
    lost,
    lastTimestampMs: 1_700_000_000_000 + to - 1,
    ...over,
  };
}

export function batch(parts: Partial<Batch> & Pick<Batch, 'ranges'>): Batch {
  const { rows = [] } = parts;
  const storedCounts = countStored(rows);
  return {
    id: randomUUID(),
    rows,
    storedCounts,
    deadLetters: [],
    bytes: 0,
    openedAtMs: 1_700_000_000_000,
    ...parts,
  };
}

/** The events [from, to) of one partition as a batch. */
export function stored(from: number, to: number, partition = 0): Batch {
  const rows = Array.from({ length: to - from }, (_, index) => row(from + index, { partition }));
  return batch({ rows, ranges: [range(from, to, { partition })] });
}
