import { createHash } from 'node:crypto';
import { EventValidator } from '#events';
import type { Checkpoint, Coordinates, Message } from '#pipeline';
import type { LedgerEntry, LedgerReader } from '#warehouse';
import { PartitionComparison } from './partition-comparison.js';
import { partitionSentences } from './sentences.js';

const TOPIC = 'sales_events';
const REDRIVE_ID = '5f0c9c3e-2b1f-4e0d-9a57-0c6f4f4b9d11';
const VALUE = '{"event_type":"TASTED"}';

function message(offset: number, over: Partial<Message> = {}): Message {
  const place = { topic: TOPIC, partition: 0, offset };
  return { ...place, timestampMs: offset, key: null, value: Buffer.from(VALUE), headers: {}, ...over };
}

function row(offset: number): LedgerEntry {
  return {
    kind: 'row',
    offset,
    timestampMs: offset,
    key: null,
    keyEncoding: null,
    content: createHash('sha256').update(VALUE).digest('hex'),
    contentKind: 'sha256',
    eventType: 'TASTED',
    productId: null,
    customerId: null,
  };
}

/** Compares the log's messages in [0, 10) with rows at these offsets. */
async function compare(
  messages: readonly Message[],
  rows: readonly number[],
  noted: readonly [string, Coordinates][] = [],
): Promise<PartitionComparison> {
  const reader: Pick<LedgerReader, 'entries' | 'storedAs'> = {
    async *entries() {
      yield* rows.map(row);
    },
    storedAs: async () => new Map(noted),
  };
  const validator = new EventValidator({ maxBytes: 1_000 });
  const comparison = new PartitionComparison(
    { topic: TOPIC, partition: 0, from: 0, to: 10 },
    reader as LedgerReader,
    validator,
  );
  for (const each of messages) await comparison.take(each);
  await comparison.finish();
  return comparison;
}

function checkpoint(over: Partial<Checkpoint>): Checkpoint {
  const counters = { stored: 0, deadLettered: 0, skipped: 0, gaps: 0, lost: 0 };
  const place = { topic: TOPIC, partition: 0, firstOffset: 0, nextOffset: 10, lastTimestampMs: null };
  return { ...place, ...counters, ...over };
}

describe('PartitionComparison', () => {
  it('finds nothing if each record has its row, and the counters cover gaps and tombstones', async () => {
    const comparison = await compare([message(1), message(4, { value: null }), message(6)], [1, 6]);
    const given = { isCompacted: false, checkpoint: checkpoint({ stored: 2, skipped: 1, gaps: 7 }) };
    expect(partitionSentences(comparison, given)).toEqual({ problems: [], notes: [] });
  });

  it('finds records without a row, also at the ends of the log', async () => {
    const messages = Array.from({ length: 10 }, (_, offset) => message(offset));
    const comparison = await compare(messages, [1, 2, 3, 5, 6, 7, 8]);
    expect(partitionSentences(comparison, { isCompacted: false, checkpoint: null }).problems).toEqual([
      '3 offsets are in the log but in no table: sales_events-0@0, sales_events-0@4, sales_events-0@9',
    ]);
  });

  it('finds rows without a record, unless compaction may have removed it', async () => {
    const comparison = await compare([message(1)], [0, 1, 9, 9]);
    const sentence =
      '2 offsets have a row or a dead letter, but the log has no record there: sales_events-0@0, sales_events-0@9';
    expect(partitionSentences(comparison, { isCompacted: false, checkpoint: null })).toEqual({
      problems: [sentence],
      notes: [],
    });
    for (const isCompacted of [true, null]) {
      const { problems, notes } = partitionSentences(comparison, { isCompacted, checkpoint: checkpoint({}) });
      expect({ problems, notes }).toEqual({ problems: [], notes: [expect.stringContaining(sentence)] });
    }
  });

  it('accepts a redriven record without a row only if it was stored before', async () => {
    const headers = { 'dlq.redrive.id': Buffer.from(REDRIVE_ID) };
    const at = (offset: number): [string, Coordinates] => [
      REDRIVE_ID,
      { topic: TOPIC, partition: 0, offset },
    ];
    const twice = [message(3, { headers }), message(4, { headers })];
    expect((await compare(twice, [3], [at(3)])).storedElsewhere).toBe(1);
    expect((await compare(twice, [3], [])).findings.count('missing')).toBe(1);
    expect((await compare(twice, [3, 4], [at(3)])).findings.count('twice')).toBe(1);
  });
});
