import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, groupOffsets, KafkaBroker, logEnds, produce, readTopic, uniqueTopic } from '#testing';

/** A broker takes several seconds to start. */
const shared = process.env['TEST_KAFKA_BOOTSTRAP'] ?? '';

it('returns what was produced, by partition and offset', async () => {
  const topic = uniqueTopic('round-trip');
  await createTopic(shared, topic, { partitions: 2 });
  await produce(shared, topic, [
    { partition: 1, key: 'k', value: '{"a":1}', headers: { h: 'x' } },
    { partition: 0, key: null, value: Buffer.from([0xff, 0x00]) },
    { partition: 1, value: null },
  ]);
  const messages = await readTopic(shared, topic);
  expect(messages).toEqual([
    expect.objectContaining({ partition: 0, offset: 0, key: null, value: Buffer.from([0xff, 0x00]) }),
    expect.objectContaining({
      partition: 1,
      offset: 0,
      key: Buffer.from('k'),
      value: Buffer.from('{"a":1}'),
      headers: { h: Buffer.from('x') },
    }),
    expect.objectContaining({ partition: 1, offset: 1, value: null }),
  ]);
  expect(await logEnds(shared, topic)).toEqual(
    new Map([
      [0, 1],
      [1, 2],
    ]),
  );
  expect(await groupOffsets(shared, 'nobody', topic)).toEqual(new Map());
});

it('returns nothing for an empty topic, and reports that a topic already exists', async () => {
  const topic = uniqueTopic('empty');
  expect(await createTopic(shared, topic, { config: { 'cleanup.policy': 'compact' } })).toBe(true);
  expect(await createTopic(shared, topic)).toBe(false);
  expect(await readTopic(shared, topic)).toEqual([]);
});

describe('a separate broker', () => {
  let dataDir: string;
  let broker: KafkaBroker | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'own-broker-'));
  });

  afterEach(async () => {
    await broker?.kill();
    await rm(dataDir, { recursive: true });
  });

  it('keeps its data and port across a restart and a kill', async () => {
    broker = await KafkaBroker.start({ dataDir });
    const { bootstrapServer } = broker;
    await createTopic(bootstrapServer, 'kept');
    await produce(bootstrapServer, 'kept', [{ value: 'before the restart' }]);
    await broker.restart();
    await produce(bootstrapServer, 'kept', [{ value: 'before the kill' }]);
    await broker.kill();
    await broker.restart();
    expect(broker.bootstrapServer).toBe(bootstrapServer);
    const values = (await readTopic(bootstrapServer, 'kept')).map(({ value }) => value?.toString());
    expect(values).toEqual(['before the restart', 'before the kill']);
  });

  it('leaves no process behind after a stop', async () => {
    broker = await KafkaBroker.start({ dataDir });
    const { pid = 0 } = broker;
    expect(isRunning(pid)).toBe(true);
    await broker.stop();
    expect(isRunning(pid)).toBe(false);
  });

  it('reports why it did not start, with the end of its log', async () => {
    const extra = { 'log.retention.hours': 'for ever' };
    await expect(KafkaBroker.start({ dataDir, extra })).rejects.toThrow(/log\.retention\.hours/);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
