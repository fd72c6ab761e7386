import { randomUUID } from 'node:crypto';
import {
  FaultError,
  noneStored,
  type Batch,
  type DeadLetter,
  type DeadLetterPublisher,
  type EventRepository,
} from '#pipeline';
import { OperationError } from '../failures.js';
import type { Pass } from './pass-plan.js';

/** Offsets of one transaction: memory and the statement's size have a bound, however many are passed over. */
const MOST_AT_ONCE = 1_000;

/**
 * Settles these offsets as the service settles dead letters: each has one in the topic first, then in the table, in the
 * transaction that moves the checkpoint.
 *
 * @throws FaultError, OperationError; what was passed over until then stays so
 */
export async function passOver(
  pass: Pass,
  repository: EventRepository,
  publisher: DeadLetterPublisher,
): Promise<void> {
  const { topic, partition } = pass;
  await repository.claim([{ topic, partition, startOffset: pass.from }]);
  for (let from = pass.from; from < pass.to; from += MOST_AT_ONCE) {
    const batch = passingBatch({ ...pass, from, to: Math.min(from + MOST_AT_ONCE, pass.to) });
    const fault = await publisher.publish(batch.deadLetters);
    if (fault !== null) throw new FaultError(fault);
    const written = await repository.write(batch);
    if (written.kind === 'fault') throw new FaultError(written.fault);
    if (written.kind !== 'stored') {
      throw new OperationError(
        `The checkpoint is no longer at ${from}: nothing was changed from there on. Look again.`,
      );
    }
  }
}

function passingBatch({ topic, partition, from, to }: Pass): Batch {
  const now = Date.now();
  const count = to - from;
  return {
    id: randomUUID(),
    rows: [],
    storedCounts: noneStored(),
    deadLetters: Array.from({ length: count }, (_, index) =>
      unreadable({ topic, partition, offset: from + index }, now),
    ),
    ranges: [
      {
        topic,
        partition,
        from,
        to,
        stored: 0,
        deadLettered: count,
        skipped: 0,
        gaps: 0,
        lost: 0,
        lastTimestampMs: null,
      },
    ],
    bytes: 0,
    openedAtMs: now,
  };
}

/** Nothing is known of a record that cannot be read but its coordinates. */
function unreadable(at: { topic: string; partition: number; offset: number }, nowMs: number): DeadLetter {
  return {
    message: { ...at, timestampMs: NO_TIMESTAMP, key: null, value: null, headers: {} },
    errorType: 'unreadable',
    reason: 'cannot be read; an operator passed over it. Its content, if any, is in the log alone',
    details: [],
    eventType: null,
    label: 'other',
    attempt: 1,
    failedAtMs: nowMs,
  };
}

/** As Kafka writes it. */
const NO_TIMESTAMP = -1;
