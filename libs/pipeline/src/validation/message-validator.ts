import type { Accepted, EventValidator, Rejected, ValidationResult } from '#events';
import { costOf, type Room } from '../batching/room.js';
import { MAX_KEY_BYTES, nearestMs, type Message, type Oversize } from '../model/message.js';
import type { OutcomeRange } from '../model/outcome-range.js';
import type { Outcome, StoredRow } from '../model/outcome.js';
import { countTime, noneStored } from '../model/stored-counts.js';
import type { FetchedBatch } from '../ports/event-source.js';
import type { DriftCount, ValidatedCount } from '../ports/pipeline-observer.js';
import { ByteStore } from './byte-store.js';
import { deadLetter } from './dead-letter.js';
import { NearMissLog } from './near-miss-log.js';
import { redriveIdOf } from './redrive-headers.js';
import { copyForRow, copyMessage, FetchedRow } from './retained-message.js';
import { ValidationCounts } from './validation-counts.js';

export interface ValidatedRange {
  range: OutcomeRange;
  counts: ValidatedCount[];
  drift: DriftCount[];
  /** The index in the fetch at which the next range begins. */
  nextIndex: number;
}

/**
 * Decides the outcome of each message. Pure except for the clock and the log of near misses: no I/O, and never an
 * exception.
 */
export class MessageValidator {
  readonly nearMisses = new NearMissLog();
  readonly #bytes = new ByteStore();

  constructor(private readonly events: EventValidator) {}

  /**
   * Validates messages from `index` until the fetch ends or the room is used up; at least one, so that a message larger
   * than the room does not block the partition.
   *
   * @param from the first offset that the range settles
   */
  validate(fetched: FetchedBatch, index: number, from: number, room: Room): ValidatedRange {
    const counts = new ValidationCounts();
    const range: OutcomeRange = {
      topic: fetched.topic,
      partition: fetched.partition,
      from,
      to: from,
      rows: [],
      storedCounts: noneStored(),
      deadLetters: [],
      skipped: 0,
      gaps: 0,
      lost: 0,
      lastTimestampMs: null,
      bytes: 0,
    };
    const { storedCounts } = range;
    let next = index;
    while (next < fetched.length && (next === index || hasRoom(range, room))) {
      const message = fetched.at(next);
      next += 1;
      const { key, value } = message;
      const keyBytes = key?.length ?? 0;
      const outcome = this.#outcomeOf(message, value, keyBytes, counts, fetched.isCompact);
      const { timestampMs } = message;
      if (outcome.kind === 'store') {
        range.rows.push(outcome.row);
        countTime(storedCounts, timestampMs);
      } else if (outcome.kind === 'dead-letter') range.deadLetters.push(outcome.letter);
      else range.skipped += 1;
      range.bytes += costOf(message, keyBytes, value?.length ?? 0);
      range.gaps += message.offset - range.to;
      range.to = message.offset + 1;
      range.lastTimestampMs = nearestMs(timestampMs);
    }
    const isWholeFetch = next === fetched.length;
    if (isWholeFetch && fetched.nextOffset > range.to) {
      range.gaps += fetched.nextOffset - range.to;
      range.to = fetched.nextOffset;
      range.lastTimestampMs = fetched.last?.timestampMs ?? null;
    }
    const byStatus = counts.byStatus();
    for (const { label, status, count } of byStatus) {
      if (status === 'success') storedCounts.byLabel.set(label, count);
    }
    return { range, counts: byStatus, drift: counts.drift(), nextIndex: next };
  }

  /** Validates the value and the length of the key of a message that is completely in memory. */
  check(value: Buffer | null, keyBytes: number): ValidationResult {
    const validated = this.events.validate(value);
    return keyBytes > MAX_KEY_BYTES && validated.kind === 'accept'
      ? keyTooLong(validated, keyBytes)
      : validated;
  }

  /** @param isCompact whether the message may reference the fetch's memory until its batch is settled */
  #outcomeOf(
    message: Message,
    value: Message['value'],
    keyBytes: number,
    counts: ValidationCounts,
    isCompact: boolean,
  ): Outcome {
    if (message.oversize) return oversizeOutcome(message, message.oversize, counts);
    const result = this.check(value, keyBytes);
    if (result.kind !== 'tombstone' && result.nearMiss !== undefined) {
      counts.addDrift(result.nearMiss.contract, 'near_miss_type', 1);
      this.nearMisses.add(result.nearMiss, message);
    }
    switch (result.kind) {
      case 'tombstone':
        counts.add('other', 'skipped');
        return { kind: 'skip', reason: 'tombstone' };
      case 'accept': {
        const { label } = result;
        counts.add(label, 'success');
        counts.addDrift(label, 'unknown_field', result.unknownFields);
        counts.addDrift(label, 'unfit_optional_field', result.invalidOptionalFields);
        return { kind: 'store', row: this.#row(message, result, isCompact) };
      }
      case 'reject': {
        const { type: errorType, reason, details, label, eventType } = result;
        counts.add(label, errorType);
        const kept = isCompact ? message : copyMessage(message);
        return {
          kind: 'dead-letter',
          letter: deadLetter(kept, { errorType, reason, details, label, eventType }),
        };
      }
    }
  }

  #row(message: Message, accepted: Accepted, isCompact: boolean): StoredRow {
    const { label, eventType, productId, customerId, content } = accepted;
    const redriveId = redriveIdOf(message);
    if (isCompact) return new FetchedRow(message, eventType, label, productId, customerId, redriveId);
    return {
      message: copyForRow(message, this.#bytes),
      eventType,
      label,
      productId,
      customerId,
      content: this.#bytes.copy(content),
      redriveId,
    };
  }
}

/** Rejects the record without parsing it: it is not completely in memory. */
function oversizeOutcome(
  message: Message,
  { recordBytes, valueBytes }: Oversize,
  counts: ValidationCounts,
): Outcome {
  counts.add('other', 'too_large');
  const reason =
    `The record has ${recordBytes} bytes, including ${valueBytes} of the value, which exceeds the memory for a record ` +
    '(KAFKA_FETCH_MAX_DECOMPRESSED_BYTES).';
  const letter = deadLetter(message, {
    errorType: 'too_large',
    reason,
    details: [],
    label: 'other',
    eventType: null,
  });
  return { kind: 'dead-letter', letter };
}

/** Rejects a valid event whose key is too long for its row. */
function keyTooLong({ label }: Accepted, keyBytes: number): Rejected {
  const eventType = label === 'other' ? null : label;
  const reason = `The key has ${keyBytes} bytes; the limit is ${MAX_KEY_BYTES}.`;
  return { kind: 'reject', type: 'too_large', reason, details: [], label, eventType };
}

function hasRoom({ rows, deadLetters, skipped, bytes }: OutcomeRange, room: Room): boolean {
  return rows.length + deadLetters.length + skipped < room.events && bytes < room.bytes;
}
