import type { EventSource, LogBounds, TransactionProducer } from '../ports/event-source.js';
import { FaultError } from '../model/fault.js';
import { partitionName, timeText, type TopicPartition } from '../model/message.js';

/** A transaction that its producer has not ended. No record from its first one on can be read. */
export interface OpenTransaction extends TopicPartition {
  firstOffset: number;
  /** The number of offsets that wait, including its own. */
  waiting: number;
  /** When it was first seen, in milliseconds since 1970; it may be older. */
  sinceMs: number;
  producer: TransactionProducer | null;
}

interface SeenTransaction extends OpenTransaction {
  /** Whether it was seen more than once: most transactions end between two readings. */
  isLasting: boolean;
  isProducerKnown: boolean;
}

/** Tracks which open transactions hold partitions, from one reading of the logs' bounds to the next. */
export class OpenTransactions {
  #seen: ReadonlyMap<string, SeenTransaction> = new Map();

  constructor(private readonly source: Pick<EventSource, 'producerOf'>) {}

  /** Processes the latest bounds of all assigned partitions. */
  async note(bounds: readonly LogBounds[]): Promise<void> {
    const before = this.#seen;
    const seen = bounds
      .filter(({ stable, high }) => stable < high)
      .map((bound) => seenAgain(before.get(partitionName(bound)), bound));
    this.#seen = new Map(seen.map((transaction) => [partitionName(transaction), transaction]));
    for (const transaction of seen) {
      if (!transaction.isLasting || transaction.isProducerKnown) continue;
      const { topic, partition, firstOffset } = transaction;
      try {
        transaction.producer = await this.source.producerOf({ topic, partition, offset: firstOffset });
        transaction.isProducerKnown = true;
      } catch (error) {
        // Retried at the next reading; the bounds themselves are known.
        if (!(error instanceof FaultError)) throw error;
      }
    }
  }

  /** The transactions that were seen more than once. */
  lasting(): OpenTransaction[] {
    return [...this.#seen.values()].filter(({ isLasting }) => isLasting);
  }
}

function seenAgain(
  known: SeenTransaction | undefined,
  { topic, partition, stable, high }: LogBounds,
): SeenTransaction {
  const waiting = high - stable;
  if (known?.firstOffset === stable) return { ...known, waiting, isLasting: true };
  return {
    topic,
    partition,
    firstOffset: stable,
    waiting,
    sinceMs: Date.now(),
    producer: null,
    isLasting: false,
    isProducerKnown: false,
  };
}

export function openTransactionText(open: OpenTransaction): string {
  const { firstOffset, waiting, sinceMs, producer } = open;
  const whose = producer === null ? '' : ` of producer ${producer.producerId}`;
  return (
    `an open transaction${whose} has held ${partitionName(open)} at offset ${firstOffset} since ${timeText(sinceMs)}: ` +
    `${waiting} offsets wait for it. Its producer has to end it; see OpenTransaction in docs/runbook.md`
  );
}
