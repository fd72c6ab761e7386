import type { Checkpoint, TopicPartition } from '#pipeline';

/**
 * The state of a partition's ledger: the checkpoint, which ledger it belongs to, and whether the partition was handed to
 * the SQL engine. Committed with each row of INGESTION_LEDGER as its offset token, so that a start needs no query.
 */
export interface LedgerState {
  epoch: number;
  isClosed: boolean;
  checkpoint: Checkpoint;
}

export function toLedgerText({ epoch, isClosed, checkpoint }: LedgerState): string {
  const { firstOffset, nextOffset, stored, deadLettered, skipped, gaps, lost, lastTimestampMs } = checkpoint;
  const numbers = [epoch, firstOffset, nextOffset, stored, deadLettered, skipped, gaps, lost];
  return [isClosed ? 'closed' : 'open', ...numbers, lastTimestampMs ?? ''].join(':');
}

/** @throws Error if it is no text of {@link toLedgerText} */
export function toLedgerState({ topic, partition }: TopicPartition, text: string): LedgerState {
  const [state, ...cells] = text.split(':');
  const time = cells.pop() ?? '';
  const [epoch = NaN, firstOffset = NaN, nextOffset = NaN, stored = NaN, ...rest] = cells.map(Number);
  const [deadLettered = NaN, skipped = NaN, gaps = NaN, lost = NaN] = rest;
  if (Number.isNaN(lost)) throw new Error(`not a checkpoint: ${text.slice(0, 100)}`);
  return {
    epoch,
    isClosed: state === 'closed',
    checkpoint: {
      topic,
      partition,
      firstOffset,
      nextOffset,
      stored,
      deadLettered,
      skipped,
      gaps,
      lost,
      lastTimestampMs: time === '' ? null : Number(time),
    },
  };
}

/** A row of INGESTION_LEDGER as its pipe reads it. */
export function ledgerLine(
  consumerGroup: string,
  { epoch, checkpoint }: LedgerState,
  sequence: number,
): string {
  return JSON.stringify({
    CONSUMER_GROUP: consumerGroup,
    TOPIC: checkpoint.topic,
    PARTITION: checkpoint.partition,
    FIRST_OFFSET: checkpoint.firstOffset,
    NEXT_OFFSET: checkpoint.nextOffset,
    STORED: checkpoint.stored,
    DEAD_LETTERED: checkpoint.deadLettered,
    SKIPPED: checkpoint.skipped,
    GAPS: checkpoint.gaps,
    LOST: checkpoint.lost,
    LAST_TIMESTAMP_MS: checkpoint.lastTimestampMs,
    EPOCH: epoch,
    SEQUENCE: sequence,
  });
}
