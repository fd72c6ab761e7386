import { createRequire } from 'node:module';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import { CompressionTypes } from 'kafkajs';
import {
  patchProduceRequest,
  writeProduce,
  type KafkajsRequest,
  type MessageToWrite,
  type Produce,
} from './produce-request.js';

const require = createRequire(import.meta.url);
const kafkajsRequest = () =>
  require('kafkajs/src/protocol/requests/produce/v3/request.js') as (produce: Produce) => KafkajsRequest;
const original = kafkajsRequest();

const NOW = 1_790_000_000_000;
beforeAll(() => {
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
});
afterAll(() => {
  jest.restoreAllMocks();
});

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary', maxLength: 90 }),
);
const headerName = fc.string({ unit: 'grapheme', maxLength: 70 });
const message: fc.Arbitrary<MessageToWrite> = fc.record(
  {
    key: fc.option(bytes, { nil: undefined }),
    value: fc.option(bytes),
    // All with the same number of digits, because kafkajs compares them as text.
    timestamp: fc.integer({ min: NOW - 10 ** 10, max: NOW + 10 ** 10 }).map(String),
    headers: fc.dictionary(headerName, fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })), { maxKeys: 14 }),
  },
  { requiredKeys: ['value'] },
);
const produce: fc.Arbitrary<Produce> = fc.record(
  {
    acks: fc.constantFrom(-1, 0, 1),
    timeout: fc.nat(),
    transactionalId: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 })),
    producerId: fc.oneof(fc.constant(-1), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)),
    producerEpoch: fc.nat({ max: 32_767 }),
    topicData: fc.array(
      fc.record({
        topic: fc.string({ unit: 'grapheme', maxLength: 60 }),
        partitions: fc.array(
          fc.record({
            partition: fc.nat(),
            firstSequence: fc.nat(),
            messages: fc.array(message, { minLength: 1, maxLength: 6 }),
          }),
          { maxLength: 3 },
        ),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['acks', 'timeout', 'topicData'] },
);

describe('writeProduce', () => {
  it('writes the same bytes as kafkajs', async () => {
    await fc.assert(
      fc.asyncProperty(produce, async (given) => {
        const { buffer } = await original(given).encode();
        expect(writeProduce(given).toString('hex')).toBe(buffer.toString('hex'));
      }),
    );
  });

  it.each([['9223372036854775807'], ['-9223372036854775808'], ['1700000000123456789']])(
    'keeps every digit of the timestamp %s',
    async (timestamp) => {
      const messages = [{ value: null, timestamp }];
      const request = {
        acks: -1,
        timeout: 1,
        topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }],
      };
      const { buffer } = await original(request).encode();
      expect(writeProduce(request).toString('hex')).toBe(buffer.toString('hex'));
    },
  );

  it('writes a header without a value, which kafkajs cannot', () => {
    const messages = [{ value: null, headers: { a: null } }];
    const request = {
      acks: -1,
      timeout: 1,
      topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }],
    };
    const record = [18, 0, 0, 0, 1, 1, 2, 2, 97, 1];
    expect([...writeProduce(request).subarray(-record.length)]).toEqual(record);
  });
});

describe('patchProduceRequest', () => {
  const request: Produce = {
    acks: -1,
    timeout: 30_000,
    topicData: [
      { topic: 't', partitions: [{ partition: 3, messages: [{ key: 'k', value: 'v'.repeat(99) }] }] },
    ],
  };

  beforeAll(patchProduceRequest);

  it('makes kafkajs send what writeProduce writes', async () => {
    const { encode, expectResponse, ...rest } = kafkajsRequest()(request);
    expect(rest).toEqual({ apiKey: 0, apiVersion: 3, apiName: 'Produce' });
    expect(expectResponse()).toBe(true);
    const { buf, buffer } = await encode();
    expect(buffer).toEqual(writeProduce(request));
    expect(buf).toBe(buffer);
  });

  it('leaves compressed requests to kafkajs', async () => {
    const compressed = { ...request, compression: CompressionTypes.GZIP };
    const { buffer } = await kafkajsRequest()(compressed).encode();
    expect(buffer).toEqual((await original(compressed).encode()).buffer);
    expect(buffer.length).toBeLessThan(writeProduce(request).length);
  });
});
