import type { RejectionType } from '#events';
import { badEvent, BAD_KINDS, expectedErrorType } from './bad-event-generator.js';
import type { BadKind } from './bad-event-generator.js';
import { EventGenerator, jsonText } from './event-generator.js';
import type { SalesEventType } from './event-generator.js';
import { Random } from './random.js';

/** The expected outcome of a message: a row, nothing, or a dead letter of this error type. */
export type Expectation = 'stored' | 'skipped' | RejectionType;

export type MessageKind = SalesEventType | 'unknown_type' | 'tombstone' | BadKind;

export interface ProducedMessage {
  kind: MessageKind;
  expected: Expectation;
  key: string;
  /** Null for a tombstone. */
  value: Buffer | null;
}

export interface TrafficOptions {
  /** An unsigned 32-bit integer. One seed gives one sequence of messages, except for their timestamps. */
  seed: number;
  /** Shares of all messages; their sum is at most 1, and the rest are good events. */
  shares: { bad: number; tombstones: number; unknown: number };
  /** The kinds of bad events, in equal shares; all if absent. */
  badKinds?: readonly BadKind[];
  /** The time in epoch milliseconds. */
  now?: () => number;
}

/** Event types of other teams on the topic, without a contract. */
const UNKNOWN_EVENT_TYPES = ['PRICE_CHANGED', 'CUSTOMER_REGISTERED', 'BOTTLE_TASTED', 'order_created'];

/** An endless sequence of messages with the given shares. */
export class Traffic {
  readonly #random: Random;
  readonly #events: EventGenerator;
  readonly #badKinds: readonly BadKind[];

  constructor(private readonly options: TrafficOptions) {
    this.#random = new Random(options.seed);
    this.#events = new EventGenerator(this.#random, options.now);
    this.#badKinds = options.badKinds ?? BAD_KINDS;
  }

  next(): ProducedMessage {
    const { bad, tombstones, unknown } = this.options.shares;
    const draw = this.#random.fraction();
    if (draw < bad) return this.#bad();
    if (draw < bad + tombstones) return this.#tombstone();
    if (draw < bad + tombstones + unknown) return this.#unknownType();
    return this.#good();
  }

  #good(): ProducedMessage {
    const { eventType, id, fields } = this.#events.next();
    const value = Buffer.from(jsonText(fields, { ascii: this.#random.chance(0.5) }));
    return { kind: eventType, expected: 'stored', key: id, value };
  }

  #bad(): ProducedMessage {
    const kind = this.#random.pick(this.#badKinds);
    return { kind, expected: expectedErrorType(kind), ...badEvent(kind, this.#events, this.#random) };
  }

  #tombstone(): ProducedMessage {
    return { kind: 'tombstone', expected: 'skipped', key: this.#random.uuid(), value: null };
  }

  #unknownType(): ProducedMessage {
    const { id, fields } = this.#events.next();
    const eventType = this.#random.pick(UNKNOWN_EVENT_TYPES);
    const value = Buffer.from(
      jsonText(new Map(fields).set('event_type', JSON.stringify(eventType)), {
        ascii: this.#random.chance(0.5),
      }),
    );
    return { kind: 'unknown_type', expected: 'stored', key: id, value };
  }
}
