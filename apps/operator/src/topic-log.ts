import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { withTopicLogs, type PartitionBounds, type TopicLogs } from '#kafka';
import { timeText } from '#pipeline';

/** The state of a partition in Kafka. */
export interface PartitionLog {
  partition: number;
  /** The first offset that still exists. */
  start: number;
  /** The offset after the last one. */
  end: number;
  /** Null if the group has committed none. */
  committed: number | null;
  /** Set if an open transaction blocks reading up to the end of the log. */
  openTransaction?: HoldingTransaction;
}

/** A transaction that its producer has neither committed nor aborted. */
export interface HoldingTransaction {
  firstOffset: number;
  /** How many offsets cannot be read until it ends, including its own. */
  waiting: number;
  /** Null if Kafka does not report it. */
  producerId: string | null;
  /** The time of that producer's newest record. */
  lastWriteMs: number | null;
}

/** A transaction that is open for longer is not just one caught in the middle of normal traffic. */
const LOOK_AGAIN_MS = 2_000;

/**
 * The ends of the topic's logs and the group's committed offsets, by partition.
 *
 * @throws FaultError
 */
export async function topicLog(kafka: Kafka, groupId: string, topic: string): Promise<PartitionLog[]> {
  return withTopicLogs(kafka, `reading the offsets of topic ${topic}`, async (logs) => {
    const [group] = await logs.admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    const { bounds, holding } = await boundsAndTransactions(logs, topic);
    return bounds
      .map(({ partition, low, high }) => {
        const offset = committed.get(partition) ?? -1;
        const openTransaction = holding.get(partition);
        return {
          partition,
          start: low,
          end: high,
          committed: offset < 0 ? null : offset,
          ...(openTransaction && { openTransaction }),
        };
      })
      .sort((one, other) => one.partition - other.partition);
  });
}

async function boundsAndTransactions(
  logs: TopicLogs,
  topic: string,
): Promise<{ bounds: PartitionBounds[]; holding: Map<number, HoldingTransaction> }> {
  const holding = new Map<number, HoldingTransaction>();
  const before = await logs.bounds(topic);
  if (!before.some(isHeld)) return { bounds: before, holding };
  await delay(LOOK_AGAIN_MS);
  const bounds = await logs.bounds(topic);
  const stableBefore = new Map(before.map(({ partition, stable }) => [partition, stable]));
  for (const bound of bounds) {
    const { partition, stable, high } = bound;
    if (!isHeld(bound) || stableBefore.get(partition) !== stable) continue;
    const open = await logs.openTransactions(topic, partition);
    const found = open.find(({ firstOffset }) => firstOffset === stable);
    holding.set(partition, {
      firstOffset: stable,
      waiting: high - stable,
      producerId: found?.producerId ?? null,
      lastWriteMs: found?.lastWriteMs ?? null,
    });
  }
  return { bounds, holding };
}

function isHeld({ stable, high }: PartitionBounds): boolean {
  return stable < high;
}

/** One sentence on why the end of the log cannot be read; null if it can. */
export function waitingText(log: PartitionLog | null | undefined): string | null {
  const open = log?.openTransaction;
  if (open === undefined) return null;
  const { firstOffset, waiting, producerId, lastWriteMs } = open;
  const whose = producerId === null ? '' : ` of producer ${producerId}`;
  const lastWrite = lastWriteMs === null ? '' : `, last written to at ${timeText(lastWriteMs)}`;
  return (
    `an open transaction${whose} holds offset ${firstOffset}${lastWrite}: ${waiting} offsets wait behind it and are not ` +
    'stored. See OpenTransaction in docs/runbook.md'
  );
}
