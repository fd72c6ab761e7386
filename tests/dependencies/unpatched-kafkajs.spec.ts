import { readFile, rm, writeFile } from 'node:fs/promises';
import { createTopic, produce, uniqueTopic } from '#testing';
import { AlteredDependency } from '../support/altered-dependency.js';
import { BOOTSTRAP } from '../support/scenario.js';

const MESSAGES = 5;

/** Reads a topic through the transport's own client, and requests the bounds of its log. */
const READ_TOPIC = `
  const { BatchServerKafka, consumerConfig, kafkaClient, KafkaEventSource, TopicLogs } = await import('./dist/libs/kafka/src/index.js');
  const { loadKafkaSettings } = await import('./dist/libs/settings/src/index.js');
  const { kafka: settings } = loadKafkaSettings(process.env);
  const topic = settings.topicName;
  const kafka = kafkaClient(settings, () => () => undefined);
  // A second client must not warn again.
  kafkaClient(settings, () => () => undefined);
  const observer = new Proxy({}, { get: () => () => undefined });
  const source = new KafkaEventSource(kafka, settings.groupId, observer, settings.sessionTimeoutMs);
  source.listen({ assigned: () => undefined, interrupted: () => undefined });
  const server = new BatchServerKafka({ kafka, consumer: consumerConfig(settings), source, topics: {} });
  const read = [];
  const all = Promise.withResolvers();
  server.addHandler(topic, async (fetched) => {
    for (let index = 0; index < fetched.length; index += 1) {
      const { offset, key, value, headers } = fetched.at(index);
      read.push({ offset, key: String(key), value: String(value), source: String(headers.source) });
    }
    fetched.resolve();
    if (fetched.nextOffset >= ${MESSAGES}) all.resolve();
  }, true, { batch: true });
  await new Promise((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
  await all.promise;
  const bounds = await source.bounds([{ topic, partition: 0 }]);
  const producer = await source.producerOf({ topic, partition: 0, offset: 0 });
  await server.close();
  await source.close();
  report({ read, bounds, producer });`;

const LOAD_BEFORE = `require('kafkajs/src/protocol/requests/fetch/v4/response.js');`;

describe('an unpatchable kafkajs reads a topic as published, with one warning,', () => {
  let kafkajs: AlteredDependency;
  beforeAll(async () => {
    kafkajs = await AlteredDependency.of('kafkajs');
  });
  beforeEach(() => kafkajs.restore());
  afterAll(() => kafkajs.remove());

  async function expectRead(script: string, warnings: unknown[]): Promise<void> {
    const topic = uniqueTopic('unpatched');
    await createTopic(BOOTSTRAP, topic);
    const messages = Array.from({ length: MESSAGES }, (_, index) => ({
      key: `k${index}`,
      value: `v${index}`,
      headers: { source: 'test' },
    }));
    await produce(BOOTSTRAP, topic, messages);
    const ran = await kafkajs.run(script, {
      KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP,
      KAFKA_TOPIC_NAME: topic,
      KAFKA_GROUP_ID: topic,
    });
    expect(ran).toEqual({
      report: {
        read: messages.map(({ key, value }, offset) => ({ offset, key, value, source: 'test' })),
        bounds: [{ topic, partition: 0, low: 0, stable: MESSAGES, high: MESSAGES }],
        producer: null,
      },
      warnings,
    });
  }

  it('if its version is another one', async () => {
    const manifest = kafkajs.path('package.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace('"version": "2.2.4"', '"version": "2.3.0"'));
    await expectRead(READ_TOPIC, [
      expect.stringMatching(
        `kafkajs 2\\.3\\.0 in ${kafkajs.path('')} is not version 2\\.2\\.4\\. kafkajs runs as`,
      ),
    ]);
  });

  it('if a file is missing that only its producer needs', async () => {
    await rm(kafkajs.path('src/protocol/requests/produce/v3/request.js'));
    await expectRead(READ_TOPIC, [
      expect.stringContaining('lacks kafkajs/src/protocol/requests/produce/v3/request.js'),
    ]);
  });

  it('if it was used before', async () => {
    await expectRead(`${LOAD_BEFORE}${READ_TOPIC}`, [
      expect.stringContaining('fetch/v4/decodeMessages.js of kafkajs 2.2.4'),
    ]);
  });

  it('but without a warning as installed', async () => {
    await expectRead(READ_TOPIC, []);
  });
});
