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

/** Offsets per transaction: bounds memory and the size of the statement. */
const MOST_AT_ONCE = 1_000;

/**
 * Settles these offsets as the service settles dead letters: it publishes a letter for each to the topic, then inserts
 * them into the table in the transaction that moves the checkpoint.
 *
 * @throws FaultError, OperationError; offsets that were passed over before the failure stay settled
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
        `The checkpoint is no longer at ${from}: nothing was changed from there on. Check it again.`,
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

/** Only the coordinates of an unreadable record are known. */
function unreadable(at: { topic: string; partition: number; offset: number }, nowMs: number): DeadLetter {
  return {
    message: { ...at, timestampMs: NO_TIMESTAMP, key: null, value: null, headers: {} },
    errorType: 'unreadable',
    reason: 'cannot be read; an operator passed over it. Its content, if any, is only in the log',
    details: [],
    eventType: null,
    label: 'other',
    attempt: 1,
    failedAtMs: nowMs,
  };
}

/** Kafka's value for a missing timestamp. */
const NO_TIMESTAMP = -1;
