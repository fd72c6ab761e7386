import { EventValidator } from '#events';
import { MessageValidator, type Batch, type EventRepository, type Timestamp } from '#pipeline';
import { MemoryLog } from '#testing';
import { UNTIMED_MS } from './delivered.js';
import { type Expectation, Traffic } from '#traffic';

/** Includes the end of a month and the end of daylight saving time in Paris. */
const BEGIN = Date.UTC(2026, 9, 23, 16);
const MINUTE = 60_000;
const STEP = 20 * MINUTE;
const STEPS = 720;
export const PARTITIONS = [0, 1] as const;

/** Values of optional fields that violate the contract; `undefined` leaves the field out. */
const ODD_FIELDS: readonly (readonly [field: string, value: unknown])[] = [
  ['total_price', 'abc'],
  ['total_price', { euros: 12 }],
  ['total_price', '12.50'],
  ['total_price', null],
  ['total_price', true],
  ['unit_price', 'abc'],
  ['discount', []],
  ['event_ts', 42],
  ['event_ts', 'yesterday'],
  ['event_ts', '2026-13-45T99:00:00Z'],
  ['event_ts', undefined],
  ['sales_channel', 5],
  ['category', ['rouge']],
  ['warehouse_location', {}],
  ['source_service', 7],
];

/** No timestamp, micro- and nanoseconds, and the limits of 64 bits. */
export const ODD_TIMES: readonly Timestamp[] = [
  -1,
  BEGIN * 1_000,
  BigInt(BEGIN) * 1_000_000n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

/** A topic with ten days of events: good, bad, late and duplicate ones, and some with odd fields. */
export class TradingDays {
  readonly log = new MemoryLog();
  readonly expected: Expectation[] = [];
  readonly #sent: Buffer[] = [];

  constructor(seed: number) {
    let eventTime = BEGIN;
    const shares = { bad: 0.08, tombstones: 0.02, unknown: 0.03 };
    const traffic = new Traffic({ seed, shares, now: () => eventTime });
    for (let step = 0; step < STEPS; step += 1) {
      const now = BEGIN + step * STEP;
      eventTime = now - delayOf(step);
      const { value, expected } = traffic.next();
      this.#send(step % 2, now + 1_000, expected === 'stored' ? withOddField(value, step) : value, expected);
      if (step % 30 === 29) this.#again(step, now);
    }
    const late = { event_type: 'CELLAR_VISITED', event_ts: new Date(UNTIMED_MS - 60 * MINUTE) };
    for (const time of ODD_TIMES) this.#send(0, time, Buffer.from(JSON.stringify(late)), 'stored');
  }

  /** Sends an earlier event again, mostly to another partition; every sixth time with different content. */
  #again(step: number, now: number): void {
    const earlier = this.#sent.at(-10);
    if (earlier === undefined) return;
    const value = step % 180 === 179 ? Buffer.from(changed(earlier.toString())) : earlier;
    this.#send((step + 1) % 2, now + MINUTE + 1_000, value, 'stored');
  }

  #send(partition: number, timestampMs: Timestamp, value: Buffer | null, expected: Expectation): void {
    this.log.append(partition, value, { timestampMs });
    this.expected.push(expected);
    if (expected === 'stored' && value !== null) this.#sent.push(value);
  }
}

/** Most events are sent at once; some are hours late, and some come from a clock that is half an hour ahead. */
function delayOf(step: number): number {
  if (step % 60 === 11) return 180 * MINUTE;
  return step % 97 === 13 ? -30 * MINUTE : 0;
}

function withOddField(value: Buffer | null, step: number): Buffer | null {
  const [field, odd] = ODD_FIELDS[(step / 10) % ODD_FIELDS.length] ?? [];
  if (value === null || field === undefined) return value;
  const event = JSON.parse(value.toString()) as Record<string, unknown>;
  return field in event ? Buffer.from(JSON.stringify({ ...event, [field]: odd })) : value;
}

function changed(text: string): string {
  return JSON.stringify({
    ...(JSON.parse(text) as object),
    note: 'corrected',
  }).replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, (id) => id.toUpperCase());
}

/** Validates a partition from an offset on, and stores it as the service does, in batches of 100. */
export async function ingest(
  log: MemoryLog,
  partition: number,
  from: number,
  repository: EventRepository,
): Promise<Pick<Batch, 'rows' | 'deadLetters'>> {
  const validator = new MessageValidator(new EventValidator({ maxBytes: 1_000_000 }));
  const all: Pick<Batch, 'rows' | 'deadLetters'> = { rows: [], deadLetters: [] };
  for (let offset = from; ;) {
    const fetched = log.fetch(partition, offset, { count: 100 });
    if (fetched.length === 0) return all;
    const { range: validated } = validator.validate(fetched, 0, offset, { events: 100, bytes: Infinity });
    const { rows, storedCounts, deadLetters, ...range } = validated;
    const batch = {
      id: crypto.randomUUID(),
      rows,
      storedCounts,
      deadLetters,
      ranges: [{ ...range, stored: rows.length, deadLettered: deadLetters.length }],
      bytes: validated.bytes,
      openedAtMs: BEGIN,
    };
    const result = await repository.write(batch);
    if (result.kind !== 'stored') throw new Error(`the batch at ${offset} was not stored: ${result.kind}`);
    all.rows.push(...rows);
    all.deadLetters.push(...deadLetters);
    offset = validated.to;
  }
}
