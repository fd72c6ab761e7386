import type { EventSource, LogBounds, TransactionProducer } from '../ports/event-source.js';
import { FaultError } from '../model/fault.js';
import { partitionName, timeText, type TopicPartition } from '../model/message.js';

/** A transaction that its producer has not ended: no record from its first one on can be read. */
export interface OpenTransaction extends TopicPartition {
  firstOffset: number;
  /** How many offsets wait, its own included. */
  waiting: number;
  /** Since when it has been seen; it may be older. Milliseconds since 1970. */
  sinceMs: number;
  producer: TransactionProducer | null;
}

interface SeenTransaction extends OpenTransaction {
  /** It was there the last time as well: most transactions end between two looks. */
  isLasting: boolean;
  isProducerKnown: boolean;
}

/** Remembers which transactions hold the logs of partitions, from one look at their bounds to the next. */
export class OpenTransactions {
  #seen: ReadonlyMap<string, SeenTransaction> = new Map();

  constructor(private readonly source: Pick<EventSource, 'producerOf'>) {}

  /** Takes the newest bounds of every assigned partition. */
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
        // It is asked for at the next look again; the bounds themselves are known.
        if (!(error instanceof FaultError)) throw error;
      }
    }
  }

  /** Those that were seen more than once. */
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

/** For operators. */
export function openTransactionText(open: OpenTransaction): string {
  const { firstOffset, waiting, sinceMs, producer } = open;
  const whose = producer === null ? '' : ` of producer ${producer.producerId}`;
  return (
    `an open transaction${whose} holds ${partitionName(open)} at offset ${firstOffset} since ${timeText(sinceMs)}: ` +
    `${waiting} offsets wait behind it. Its producer has to end it; see OpenTransaction in docs/runbook.md`
  );
}
