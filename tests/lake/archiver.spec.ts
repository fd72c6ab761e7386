import { randomBytes } from 'node:crypto';
import { hex, readLake } from '../support/lake-contents.js';
import { Scenario } from '../support/scenario.js';

const HOSTILE = [
  { key: null, value: Buffer.from([0xff, 0xfe, 0x00]) },
  { key: Buffer.from([0x80]), value: 'no json' },
  { key: 'a tombstone', value: null },
  { key: '', value: '' },
  { key: 'separators', value: 'a\u2028b\r\nc\u0000d' },
  { key: 'random', value: randomBytes(900_000) },
  { key: 'headers', value: '{}', headers: { text: 'é', binary: Buffer.from([0xff]), twice: ['1', '2'] } },
];

describe('the archiver', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('lake', { partitions: 2 });
  });
  afterAll(() => scenario.cleanUp());

  it('keeps every committed record, byte for byte and once, through kill -9', async () => {
    const sent: { partition: number; key: Buffer | string | null; value: Buffer | string | null }[] = [];
    const produce = async (messages: typeof sent) => {
      await scenario.produce(messages);
      sent.push(...messages);
    };
    const plain = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        partition: index % 2,
        key: `k${index}`,
        value: `{"event_type":"CELLAR_VISITED","n":${sent.length + index}}`,
      }));

    await produce(HOSTILE.map((message) => ({ partition: 0, ...message })));
    await produce(plain(500));
    // What waits in the buffer when the process is killed is read again.
    const victim = await scenario.startArchiver({ LAKE_MAX_BYTES: '200000', LAKE_MAX_WAIT_MS: '3600000' });
    await produce(plain(500));
    await victim.until('some are written', async () => (await victim.metric('lake_records_total')) > 0);
    await victim.kill();

    const producer = scenario.kafka.producer({ transactionalId: scenario.topic, maxInFlightRequests: 1 });
    await producer.connect();
    const aborted = await producer.transaction();
    await aborted.send({ topic: scenario.topic, messages: [{ partition: 1, key: 'x', value: 'aborted' }] });
    await aborted.abort();
    const transaction = await producer.transaction();
    const kept = { partition: 1, key: 'x', value: 'committed' };
    await transaction.send({ topic: scenario.topic, messages: [kept] });
    await transaction.commit();
    await producer.disconnect();
    sent.push(kept);

    const last = await scenario.startArchiver();
    await scenario.untilArchived(last);
    expect(await last.stop()).toBe(0);

    const lake = await readLake(scenario);
    const content = lake.map(({ partition, key, value }) => ({ partition, key, value }));
    const expected = [0, 1].flatMap((number) => sent.filter(({ partition }) => partition === number));
    expect(content).toEqual(
      expected.map(({ partition, key, value }) => ({ partition, key: hex(key), value: hex(value) })),
    );
    const [headers] = lake.filter(({ key }) => key === hex('headers')).map((record) => record.headers);
    expect(headers).toEqual([
      { name: 'text', value: hex('é') },
      { name: 'binary', value: 'FF' },
      { name: 'twice', value: hex('1') },
      { name: 'twice', value: hex('2') },
    ]);
    expect(new Set(lake.map(({ partition, offset }) => `${partition}@${offset}`)).size).toBe(sent.length);
  });
});
