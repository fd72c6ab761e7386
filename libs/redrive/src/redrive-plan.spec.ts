import { EventValidator } from '#events';
import { MessageValidator } from '#pipeline';
import type { DeadLetterEntry } from '#warehouse';
import { RedrivePlanner, type PlanOptions } from './redrive-plan.js';

const GOOD = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e',
  customer_id: 5,
  product_id: 1000,
  quantity: 2,
};

function letter(over: Partial<DeadLetterEntry> & { event?: object }): DeadLetterEntry {
  const { event = GOOD, ...rest } = over;
  return {
    topic: 'sales_events',
    partition: 0,
    offset: 7,
    timestampMs: 1,
    status: 'open',
    errorType: 'invalid_schema',
    reason: '',
    details: [],
    eventType: 'ORDER_CREATED',
    value: { kind: 'whole', bytes: Buffer.from(JSON.stringify(event)) },
    key: null,
    keyCutOff: null,
    headers: [],
    headersOmitted: 0,
    attempt: 1,
    failedAtMs: 1,
    redriveId: null,
    redrivenAtMs: null,
    storedAtMs: null,
    storedAs: null,
    resolvedAtMs: null,
    resolution: null,
    ...rest,
  };
}

function planned(
  over: Parameters<typeof letter>[0],
  options: Partial<PlanOptions> = {},
  repaired: object | string | null = null,
) {
  const all = { statuses: [], patches: [], maxAttempts: 3, force: false, ...options };
  const validator = new MessageValidator(new EventValidator({ maxBytes: 10_000 }));
  const text = typeof repaired === 'object' ? JSON.stringify(repaired) : repaired;
  const plan = new RedrivePlanner(validator, all).plan({
    letter: letter(over),
    repaired: repaired === null ? null : Buffer.from(text),
  });
  return plan.kind === 'send' ? plan.value.toString() : plan.why;
}

describe('RedrivePlanner', () => {
  it('sends a valid letter unchanged', () => {
    expect(planned({})).toBe(JSON.stringify(GOOD));
  });

  it('leaves out a letter that would fail again, unless a patch fixes it or --force sends it', () => {
    const event = { ...GOOD, customer_id: 'five' };
    expect(planned({ event })).toBe('would-fail-again');
    expect(planned({ event }, { patches: [{ field: 'customer_id', json: '5' }] })).toBe(JSON.stringify(GOOD));
    expect(planned({ event }, { patches: [{ field: 'quantity', json: '0' }] })).toBe('would-fail-again');
    expect(planned({ event }, { force: true })).toBe(JSON.stringify(event));
  });

  it('leaves out a letter that has reached the maximum number of attempts', () => {
    expect(planned({ attempt: 2 })).toBe(JSON.stringify(GOOD));
    expect(planned({ attempt: 3 })).toBe('too-many-attempts');
    expect(planned({ attempt: 3 }, { maxAttempts: 4, force: true })).toBe(JSON.stringify(GOOD));
    expect(planned({ attempt: 4 }, { maxAttempts: 4, force: true })).toBe('too-many-attempts');
  });

  it('sends a letter again only on request, and never once it is stored', () => {
    for (const status of ['redriven', 'resolved'] as const) {
      expect(planned({ status })).toBe(status);
      expect(planned({ status }, { statuses: [status] })).toBe(JSON.stringify(GOOD));
    }
    expect(planned({ status: 'stored' }, { statuses: ['stored'], force: true })).toBe('stored');
  });

  it('leaves out a letter whose value is incomplete in the table', () => {
    const cut = { kind: 'prefix', bytes: Buffer.from('{'), totalBytes: 9, sha256: '' } as const;
    expect(planned({ value: cut }, { force: true })).toBe('value-cut-off');
    expect(planned({ value: { kind: 'none' } }, { force: true })).toBe('no-value');
  });

  it('leaves out a letter whose value is not in the topic, or that is not in the table', () => {
    const omitted = { kind: 'omitted', totalBytes: 9 } as const;
    expect(planned({ value: omitted }, { force: true })).toBe('value-not-in-topic');
    expect(planned({ status: null }, { force: true })).toBe('not-in-table');
  });

  it('leaves out a letter that has no fields to patch', () => {
    const value = { kind: 'whole', bytes: Buffer.from('[1]') } as const;
    expect(planned({ value }, { patches: [{ field: 'a', json: '1' }], force: true })).toBe('not-an-object');
  });

  it('sends the repaired value if the service would store it, whatever the letter had', () => {
    const broken = { kind: 'whole', bytes: Buffer.from('{"event_type":') } as const;
    const cut = { kind: 'prefix', bytes: Buffer.from('{'), totalBytes: 9, sha256: '' } as const;
    for (const value of [broken, cut, { kind: 'none' } as const]) {
      expect(planned({ value }, {}, GOOD)).toBe(JSON.stringify(GOOD));
    }
    expect(planned({ value: broken }, {}, '{"event_type":"ORDER_CREATED"}')).toBe('would-fail-again');
    expect(planned({ status: 'resolved' }, {}, GOOD)).toBe('resolved');
  });

  it('leaves out a letter whose value was not changed', () => {
    expect(planned({}, {}, GOOD)).toBe('unchanged');
    const cut = { kind: 'prefix', bytes: Buffer.from('{'), totalBytes: 9, sha256: '' } as const;
    expect(planned({ value: cut }, {}, '{')).toBe('value-cut-off');
    expect(planned({ value: { kind: 'none' } }, {}, '')).toBe('no-value');
  });

  it('validates the key too, as the service does', () => {
    const key = Buffer.alloc(4 * 1024 * 1024 + 1);
    expect(planned({ key })).toBe('would-fail-again');
    const keyCutOff = { totalBytes: key.length, sha256: null };
    expect(planned({ key: Buffer.from('k'), keyCutOff })).toBe('not-whole');
  });

  it('rescues what validation refused and would accept now, and nothing else', () => {
    const validator = new MessageValidator(new EventValidator({ maxBytes: 10_000 }));
    const planner = new RedrivePlanner(validator, {
      statuses: [],
      patches: [],
      maxAttempts: 3,
      force: false,
    });
    const rescues = (over: Parameters<typeof letter>[0]) => planner.rescues(letter(over));
    expect(rescues({})).toBe(true);
    expect(rescues({ errorType: 'too_large' })).toBe(true);
    expect(rescues({ errorType: 'warehouse_rejected' })).toBe(false);
    expect(rescues({ event: { ...GOOD, quantity: 0 } })).toBe(false);
    expect(rescues({ key: Buffer.alloc(5 * 1024 * 1024) })).toBe(false);
    expect(rescues({ value: { kind: 'none' } })).toBe(false);
    expect(
      rescues({
        value: { kind: 'prefix', bytes: Buffer.from(JSON.stringify(GOOD)), totalBytes: 500, sha256: '' },
      }),
    ).toBe(false);
  });
});
