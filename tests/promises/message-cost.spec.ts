import { readFileSync } from 'node:fs';
import { Scenario } from '../support/scenario.js';

const LARGEST = 16 * 1024 * 1024;
/** As in deploy/kubernetes/base/deployment.yaml. */
const POD = { heapMib: 384, memoryMib: 768 };

const ORDER =
  '"event_type":"ORDER_CREATED","order_line_id":"0f88e6bc-9341-4393-b4b0-c8945448277c",' +
  '"customer_id":63,"product_id":1001,"quantity":2';
const order = (note: string) => `{${ORDER},"note":${note}}`;
/** Repeats a piece, between two ends, as often as the largest value has room for. */
const filled = (each: string, first = '[', last = ']') =>
  order(`${first}${each.repeat(Math.floor((LARGEST - 500) / Buffer.byteLength(each)))}${last}`);
const keys = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `"${String(index).padStart(length, 'k')}":1`).join(',');

/** The most expensive values of each kind, as large as EVENT_MAX_BYTES allows, with their outcomes. */
const VALUES: [name: string, value: string, outcome: string][] = [
  ['seven million nested lists', '['.repeat(7e6) + ']'.repeat(7e6), 'too_large'],
  ['nested objects', order('{"a":'.repeat(2.7e6) + '1' + '}'.repeat(2.7e6)), 'too_large'],
  ['empty lists', filled('[],', '[', '[]]'), 'too_large'],
  ['empty objects', filled('{},', '[', '{}]'), 'too_large'],
  ['numbers', filled('1.5,', '[', '1]'), 'too_large'],
  ['a million different keys', order(`{${keys(1_000_000, 7)}}`), 'too_large'],
  ['as many different keys as are taken', order(`{${keys(249_000, 50)}}`), 'stored'],
  ['as much nesting as is taken', order('['.repeat(249_000) + ']'.repeat(249_000)), 'stored'],
  ['long text', filled('x', '"', '"'), 'stored'],
  ['long text of escapes', filled('\\u20ac', '"', '"'), 'stored'],
  ['long text beyond ASCII', filled('€', '"', '"'), 'stored'],
  ['long broken text', filled('€', '"', ''), 'json_decode'],
];

describe('what one message can cost', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('cost', {
      config: { 'max.message.bytes': String(LARGEST + 1_000_000) },
    });
  });
  afterAll(() => scenario.cleanUp());

  it('fits the shipped pod, whatever the largest messages contain', async () => {
    const deployment = readFileSync('deploy/kubernetes/base/deployment.yaml', 'utf8');
    expect(deployment).toContain(`--max-old-space-size=${POD.heapMib}`);
    expect(deployment).toContain(`memory: ${POD.memoryMib}Mi`);

    const ingester = await scenario.startIngester({
      NODE_OPTIONS: `--max-old-space-size=${POD.heapMib}`,
      BATCH_MIN_EVENTS: '1',
    });
    for (const [index, [name, value]] of VALUES.entries()) {
      await scenario.produce([{ key: name, value }]);
      await ingester.untilMetric('batch_size_events_sum', index + 1);
    }
    const status = readFileSync(`/proc/${String(ingester.pid)}/status`, 'utf8');
    const peakMib = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    expect(await ingester.stop()).toBe(0);

    const rows = await scenario.query(`
      SELECT EVENT_METADATA->>'key' AS name, 'stored' AS outcome FROM RAW_EVENTS_STREAM
      UNION ALL SELECT ORIGINAL_KEY, ERROR_TYPE FROM SALES_EVENTS_DLQ`);
    expect(Object.fromEntries(rows.map(({ name, outcome }) => [name, outcome]))).toEqual(
      Object.fromEntries(VALUES.map(([name, , outcome]) => [name, outcome])),
    );
    expect(peakMib).toBeLessThan(POD.memoryMib);
  });
});
