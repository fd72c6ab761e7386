import type { Batch, EventRepository } from '#pipeline';
import type { FaultKind, FaultRule, SnowflakeEndpointOptions } from '#snowflake-endpoint';
import {
  batch,
  GROUP,
  letter,
  parsed,
  range,
  row,
  StreamingWarehouse,
  TOPIC,
} from '#testing/warehouse-contract';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ, type Table } from '#warehouse';
import { writeThrough } from './retrying.js';

type Fault = FaultKind & Pick<FaultRule, 'point' | 'times'>;

/** Gives up on a silent server. */
const IMPATIENT_MS = 600;

const refusal = (status: number, code: string): Fault => ({ kind: 'streaming-error', status, code });

const FAULTS: Record<string, Fault> = {
  'a reset before the request is executed': { kind: 'reset', point: 'before' },
  'a reset while it is executed': { kind: 'reset', point: 'during' },
  'a reset after it was executed': { kind: 'reset', point: 'after' },
  'a lost response, as often as the client sends': { kind: 'reset', point: 'after', times: 4 },
  'silence before it is executed': { kind: 'silence', point: 'before' },
  'silence after it was executed': { kind: 'silence', point: 'after' },
  'a response that is too late': { kind: 'delay', ms: 1_500 },
  'an execution that is too late': { kind: 'delay', ms: 1_500, point: 'before' },
  'half a response': { kind: 'half-response' },
  'a response that is not JSON': { kind: 'garbage' },
  'HTTP 503 before it is executed': { kind: 'http', status: 503, point: 'before' },
  'HTTP 503 after it was executed': { kind: 'http', status: 503 },
  'five times HTTP 503': { kind: 'http', status: 503, point: 'before', times: 5 },
  'HTTP 408': { kind: 'http', status: 408, point: 'before' },
  'HTTP 429 without a body': { kind: 'http', status: 429, point: 'before' },
  'HTTP 429 with Retry-After': { ...refusal(429, 'TOO_MANY_REQUESTS'), retryAfterSeconds: 1 } as Fault,
  'an expired token': { kind: 'token-expired' },
  'an internal error': refusal(500, 'INTERNAL_ERROR'),
  'an unknown refusal': refusal(400, 'SURPRISE'),
  'a channel that is invalidated': { kind: 'channel-invalidated' },
  'a channel whose rows have a gap': {
    kind: 'channel-invalidated',
    code: 'ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP',
  },
  'a stale token': refusal(400, 'STALE_CONTINUATION_TOKEN_SEQUENCER'),
  'a stale pipe': refusal(400, 'STALE_PIPE_CACHE'),
};

/** Requests of a batch, and what leads to those that only follow a failure. */
const REQUESTS: { on: string; prepare?: (warehouse: StreamingWarehouse) => void }[] = [
  { on: 'append-rows RAW_EVENTS_STREAM' },
  { on: 'append-rows SALES_EVENTS_DLQ' },
  { on: 'append-rows INGESTION_LEDGER' },
  { on: 'channel-status RAW_EVENTS_STREAM' },
  { on: 'channel-status INGESTION_LEDGER' },
  ...['RAW_EVENTS_STREAM', 'INGESTION_LEDGER'].map((table) => ({
    on: `open-channel ${table}`,
    prepare: ({ endpoint }: StreamingWarehouse) => {
      endpoint.streaming.invalidate();
    },
  })),
  {
    on: 'scoped-token',
    prepare: ({ endpoint }) => {
      endpoint.expireStreamingTokens();
    },
  },
];

const isAppend = (on: string) => on.startsWith('append-rows');

/** Faults after which the client does not know whether rows were taken. */
const isAmbiguous = ({ kind, point }: Fault) =>
  point !== 'before' && ['reset', 'silence', 'delay', 'half-response', 'garbage', 'http'].includes(kind);

const SERVERS: {
  server: Partial<SnowflakeEndpointOptions>;
  strikes: (fault: Fault, on: string) => boolean;
}[] = [
  {
    server: { repeatedAppends: 'refuse', streamingAnswers: 'json' },
    // Only a request to a channel can meet its invalidation. Credentials that are refused need a person: no transient fault.
    strikes: ({ kind }, on) =>
      isAppend(on) || (kind !== 'channel-invalidated' && (kind !== 'token-expired' || on !== 'scoped-token')),
  },
  {
    server: { repeatedAppends: 'accept', streamingAnswers: 'text' },
    strikes: (fault, on) => isAppend(on) && isAmbiguous(fault),
  },
];

describe.each(SERVERS)('if Snowpipe Streaming behaves as $server', ({ server, strikes }) => {
  let warehouse: StreamingWarehouse;
  let repository: EventRepository;
  let batches = 0;

  beforeAll(async () => {
    warehouse = await StreamingWarehouse.startStreaming(server);
    repository = warehouse.repository(GROUP, { requestTimeoutMs: IMPATIENT_MS });
    expect(await repository.open()).toEqual([]);
    await repository.claim([0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
  });

  afterAll(async () => {
    await repository.close();
    await warehouse.close();
  });

  afterEach(() => {
    warehouse.endpoint.faults.clear();
  });

  /** Three events and a dead letter of partition 0, and an event of partition 1. */
  function nextBatch(): Batch {
    const from = batches * 4;
    const other = batches++;
    return batch({
      rows: [row(from), row(from + 1), row(from + 2), row(other, { partition: 1 })],
      deadLetters: [letter(from + 3)],
      ranges: [range(from, from + 4, { deadLettered: 1 }), range(other, other + 1, { partition: 1 })],
    });
  }

  async function places(table: Table): Promise<string[]> {
    const rows = await warehouse.rows(table);
    return rows
      .map((each) => {
        const { partition, offset } = parsed(each['EVENT_METADATA']) as { partition: number; offset: number };
        return `${partition}@${offset}`;
      })
      .sort();
  }

  /** Expects every offset once, in the tables and in the checkpoints. */
  async function expectExactlyOnce(): Promise<void> {
    const every = Array.from({ length: batches }, (_, index) => index);
    const events = every.flatMap((index) => [...[0, 1, 2].map((at) => `0@${index * 4 + at}`), `1@${index}`]);
    expect(await places(RAW_EVENTS_STREAM)).toEqual(events.sort());
    expect(await places(SALES_EVENTS_DLQ)).toEqual(every.map((index) => `0@${index * 4 + 3}`).sort());
    const checkpoints = warehouse.checkpoints();
    expect(await checkpoints.open()).toEqual([]);
    expect(await checkpoints.read(GROUP, TOPIC)).toMatchObject([
      { partition: 0, nextOffset: batches * 4, stored: batches * 3, deadLettered: batches },
      { partition: 1, nextOffset: batches, stored: batches, deadLettered: 0 },
    ]);
    await checkpoints.close();
  }

  const faults = Object.entries(FAULTS).filter(([, fault]) => REQUESTS.some(({ on }) => strikes(fault, on)));

  it.each(faults)('stores exactly once despite %s', async (_what, fault) => {
    for (const { on, prepare } of REQUESTS) {
      if (!strikes(fault, on)) continue;
      prepare?.(warehouse);
      const armed = warehouse.endpoint.addFault({ ...fault, on });
      await writeThrough(repository, nextBatch());
      expect({ on, struck: armed.struck > 0 }).toEqual({ on, struck: true });
      warehouse.endpoint.faults.clear();
    }
    await expectExactlyOnce();
  });

  it('stores exactly once although tokens expire and channels are invalidated between all batches', async () => {
    for (let times = 0; times < 5; times++) {
      warehouse.endpoint.expireStreamingTokens();
      warehouse.endpoint.streaming.invalidate();
      await writeThrough(repository, nextBatch());
    }
    await expectExactlyOnce();
  });
});
