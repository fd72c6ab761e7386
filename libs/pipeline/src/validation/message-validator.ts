import type { DriftCount, ValidatedCount } from '../ports/pipeline-observer.js';
import type { Accepted, EventValidator, Rejected } from '#events';
import { ByteStore } from './byte-store.js';
import type { FetchedBatch } from '../ports/event-source.js';
import {
  MAX_KEY_BYTES,
  nearestMs,
  type HeaderValue,
  type Message,
  type MessageHeaders,
  type Oversize,
} from '../model/message.js';
import type { DeadLetter, Outcome, StoredRow } from '../model/outcome.js';
import type { OutcomeRange } from '../model/outcome-range.js';
import { countTime, noneStored } from '../model/stored-counts.js';
import { ValidationCounts } from './validation-counts.js';

/** Carried by a redriven message: how often it has become a dead letter so far. */
export const ATTEMPT_HEADER = 'dlq.attempt';

/** Carried by a redriven message: the UUID that its dead letter has in the warehouse. */
export const REDRIVE_ID_HEADER = 'dlq.redrive.id';

/** What a buffered message costs beyond its bytes: the objects around it, and its share of the statement. */
export const OVERHEAD_BYTES = 160;

const HEADER_OVERHEAD_BYTES = 120;

/** How much may be taken into one range. */
export interface Room {
  events: number;
  bytes: number;
}

export interface ValidatedRange {
  range: OutcomeRange;
  counts: ValidatedCount[];
  drift: DriftCount[];
  /** The index in the fetch at which the next range begins. */
  nextIndex: number;
}

/** Decides what becomes of messages. Pure but for the clock: no I/O, and never an exception for what is in them. */
export class MessageValidator {
  readonly #bytes = new ByteStore();

  constructor(private readonly events: EventValidator) {}

  /**
   * Validates messages from `index` until the fetch ends or the room is used up; at least one, so that a message
   * larger than the room does not stop the partition.
   */
  validate(fetched: FetchedBatch, index: number, from: number, room: Room): ValidatedRange {
    const counted = new ValidationCounts();
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
      const outcome = this.outcomeOf(message, value, key?.length ?? 0, counted, fetched.isCompact);
      const { timestampMs } = message;
      if (outcome.kind === 'store') {
        range.rows.push(outcome.row);
        countTime(storedCounts, timestampMs);
      } else if (outcome.kind === 'dead-letter') range.deadLetters.push(outcome.letter);
      else range.skipped += 1;
      range.bytes += (value?.length ?? 0) + (key?.length ?? 0) + OVERHEAD_BYTES + headerCost(message.headers);
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
    const counts = counted.counts();
    for (const { label, status, count } of counts) {
      if (status === 'success') storedCounts.byLabel.set(label, count);
    }
    return { range, counts, drift: counted.drift(), nextIndex: next };
  }

  /** @param mayKeep whether what is kept until its batch is settled may lie in the fetch's memory */
  private outcomeOf(
    message: Message,
    value: Message['value'],
    keyBytes: number,
    counted: ValidationCounts,
    mayKeep: boolean,
  ): Outcome {
    if (message.oversize) return oversizeOutcome(message, message.oversize, counted);
    const validated = this.events.validate(value);
    const result =
      keyBytes > MAX_KEY_BYTES && validated.kind === 'accept' ? longKey(validated, keyBytes) : validated;
    switch (result.kind) {
      case 'tombstone':
        counted.count('other', 'skipped');
        return { kind: 'skip', reason: 'tombstone' };
      case 'accept': {
        const { label, eventType, productId, customerId, content } = result;
        counted.count(label, 'success');
        counted.drifted(label, 'unknown_field', result.unknownFields);
        counted.drifted(label, 'unfit_optional_field', result.unfitFields);
        const id = redriveId(message);
        if (mayKeep) {
          return { kind: 'store', row: new FetchedRow(message, eventType, label, productId, customerId, id) };
        }
        const row: StoredRow = {
          message: this.#place(message),
          eventType,
          label,
          productId,
          customerId,
          content: this.#bytes.copy(content),
          redriveId: id,
        };
        return { kind: 'store', row };
      }
      case 'reject': {
        const { type, reason, details, label, eventType } = result;
        counted.count(label, type);
        return {
          kind: 'dead-letter',
          letter: deadLetter(mayKeep ? message : detached(message), {
            errorType: type,
            reason,
            details,
            label,
            eventType,
          }),
        };
      }
    }
  }

  /** Where the message stands, its key and headers, with bytes of their own; without the value. */
  #place({
    topic,
    partition,
    offset,
    timestampMs,
    key,
    headers,
    headersOmitted = 0,
  }: Message): StoredRow['message'] {
    return {
      topic,
      partition,
      offset,
      timestampMs,
      key: key && this.#bytes.copy(key),
      headers: copied(headers),
      headersOmitted,
    };
  }
}

/** Nothing of it is parsed: it is not all there. */
function oversizeOutcome(
  message: Message,
  { recordBytes, valueBytes }: Oversize,
  counted: ValidationCounts,
): Outcome {
  counted.count('other', 'too_large');
  const reason =
    `The record has ${recordBytes} bytes, ${valueBytes} of them its value: more than is read into memory ` +
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

const NOTHING = Buffer.alloc(0);

/** A row whose bytes are looked up in the fetch when they are written: tens of thousands of them wait for that. */
class FetchedRow implements StoredRow {
  constructor(
    readonly message: Message,
    readonly eventType: StoredRow['eventType'],
    readonly label: StoredRow['label'],
    readonly productId: number | null,
    readonly customerId: number | null,
    readonly redriveId: string | null,
  ) {}

  get content(): Buffer {
    return this.message.value ?? NOTHING;
  }
}

/** A good event whose row could not hold its key. */
function longKey({ label }: Accepted, keyBytes: number): Rejected {
  const eventType = label === 'other' ? null : label;
  const reason = `The key has ${keyBytes} bytes; the limit is ${MAX_KEY_BYTES}.`;
  return { kind: 'reject', type: 'too_large', reason, details: [], label, eventType };
}

/** A dead letter for a message that failed just now, and whose bytes may be kept. */
export function deadLetter(
  message: Message,
  why: Pick<DeadLetter, 'errorType' | 'reason' | 'details' | 'label' | 'eventType'>,
): DeadLetter {
  return { message, ...why, attempt: attempt(message), failedAtMs: Date.now() };
}

/** The message with bytes of its own, so that it does not hold all the bytes of its fetch. */
function detached({
  topic,
  partition,
  offset,
  timestampMs,
  key,
  value,
  headers,
  headersOmitted = 0,
}: Message): Message {
  return {
    topic,
    partition,
    offset,
    timestampMs,
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    headers: copied(headers),
    headersOmitted,
  };
}

const NO_HEADERS: MessageHeaders = Object.freeze({});

function copied(headers: MessageHeaders): MessageHeaders {
  if (isEmpty(headers)) return NO_HEADERS;
  const copy = (bytes: HeaderValue) => bytes && Buffer.from(bytes);
  return Object.fromEntries(
    Object.entries(headers).map(([name, bytes]) => [
      name,
      Array.isArray(bytes) ? bytes.map(copy) : copy(bytes),
    ]),
  );
}

/** What headers hold of memory while they wait, about: each is an object of its own, however short. */
function headerCost(headers: MessageHeaders): number {
  let bytes = 0;
  for (const name in headers) {
    const given = headers[name];
    for (const value of Array.isArray(given) ? given : [given]) {
      bytes += HEADER_OVERHEAD_BYTES + name.length + (value?.length ?? 0);
    }
  }
  return bytes;
}

/** Most messages have no headers; a list of them for each message adds up. */
function isEmpty(headers: MessageHeaders): boolean {
  for (const name in headers) return false;
  return true;
}

function attempt(message: Message): number {
  const text = headerText(message, ATTEMPT_HEADER);
  return /^\d{1,6}$/.test(text) ? Number(text) + 1 : 1;
}

function redriveId(message: Message): string | null {
  if (message.headers[REDRIVE_ID_HEADER] === undefined) return null;
  const text = headerText(message, REDRIVE_ID_HEADER);
  return isRedriveId(text) ? text : null;
}

/** Whether a header of that name holds what redriving gives: a UUID. */
export function isRedriveId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/** The last value of that name; empty where there is none. */
function headerText({ headers }: Message, name: string): string {
  const given = headers[name];
  return (Array.isArray(given) ? given.at(-1) : given)?.toString('latin1') ?? '';
}

function hasRoom(range: OutcomeRange, room: Room): boolean {
  return (
    range.rows.length + range.deadLetters.length + range.skipped < room.events && range.bytes < room.bytes
  );
}
