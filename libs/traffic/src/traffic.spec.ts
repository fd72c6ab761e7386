import { EventValidator } from '#events';
import { BAD_KINDS } from './bad-event-generator.js';
import type { ProducedMessage, TrafficOptions } from './traffic.js';
import { Traffic } from './traffic.js';

const GOOD_ONLY = { bad: 0, tombstones: 0, unknown: 0 };
const validator = new EventValidator({ maxBytes: 1_000_000 });

function messages(count: number, options: Partial<TrafficOptions> = {}): ProducedMessage[] {
  const traffic = new Traffic({ seed: 1, shares: GOOD_ONLY, ...options });
  return Array.from({ length: count }, () => traffic.next());
}

function share(all: ProducedMessage[], isCounted: (message: ProducedMessage) => boolean): number {
  return all.filter(isCounted).length / all.length;
}

const isBad = ({ kind }: ProducedMessage) => BAD_KINDS.some((bad) => bad === kind);

describe('Traffic', () => {
  it('consists of good events by default: all are accepted, without unknown or unfit fields', () => {
    for (const { kind, expected, value } of messages(2000)) {
      expect(expected).toBe('stored');
      expect(validator.validate(value)).toMatchObject({
        kind: 'accept',
        label: kind,
        unknownFields: 0,
        invalidOptionalFields: 0,
      });
    }
  });

  it('is written with \\u escapes in about half of the events', () => {
    const isAscii = ({ value }: ProducedMessage) => value?.every((byte) => byte < 0x80) === true;
    expect(share(messages(2000), isAscii)).toBeCloseTo(0.5, 1);
  });

  it('uses the id of an event as the key', () => {
    for (const { key, value } of messages(200)) {
      expect(JSON.parse(String(value))).toMatchObject(
        String(value).includes('order_line_id') ? { order_line_id: key } : { event_id: key },
      );
    }
  });

  it.each(BAD_KINDS)('with bad events of the kind %s is rejected with the expected error type', (kind) => {
    for (const message of messages(200, { shares: { ...GOOD_ONLY, bad: 1 }, badKinds: [kind] })) {
      expect(message.kind).toBe(kind);
      expect(validator.validate(message.value)).toMatchObject({ kind: 'reject', type: message.expected });
    }
  });

  it('has bad events of every kind in equal shares', () => {
    const all = messages(14_000, { shares: { ...GOOD_ONLY, bad: 1 } });
    for (const kind of BAD_KINDS) {
      expect(share(all, (message) => message.kind === kind)).toBeCloseTo(1 / BAD_KINDS.length, 2);
    }
  });

  it('has the requested shares', () => {
    const all = messages(10_000, { shares: { bad: 0.1, tombstones: 0.2, unknown: 0.3 } });
    expect(share(all, isBad)).toBeCloseTo(0.1, 1);
    expect(share(all, ({ kind }) => kind === 'tombstone')).toBeCloseTo(0.2, 1);
    expect(share(all, ({ kind }) => kind === 'unknown_type')).toBeCloseTo(0.3, 1);
  });

  it('has tombstones that are skipped, and events of unknown types that are stored', () => {
    for (const { expected, value } of messages(50, { shares: { ...GOOD_ONLY, tombstones: 1 } })) {
      expect(expected).toBe('skipped');
      expect(validator.validate(value)).toEqual({ kind: 'tombstone' });
    }
    for (const { expected, value } of messages(50, { shares: { ...GOOD_ONLY, unknown: 1 } })) {
      expect(expected).toBe('stored');
      expect(validator.validate(value)).toMatchObject({
        kind: 'accept',
        label: 'other',
        invalidOptionalFields: 0,
      });
    }
  });

  it('is the same for the same seed, and different for another', () => {
    const shares = { bad: 0.2, tombstones: 0.1, unknown: 0.1 };
    const now = () => 0;
    expect(messages(500, { shares, now, seed: 7 })).toEqual(messages(500, { shares, now, seed: 7 }));
    const keys = (seed: number) => messages(500, { shares, seed }).map(({ key }) => key);
    expect(keys(7)).toEqual(keys(7));
    expect(new Set([...keys(7), ...keys(8)]).size).toBe(1000);
  });
});
