import { FaultError, type WriteResult } from '#pipeline';
import type { Claim } from '../../snowflake/verify/claim.js';
import { must } from '../../snowflake/verify/must.js';
import { channelName, PIPES } from '../channels/channel-names.js';
import { isFenced, StreamingError } from '../rest/streaming-error.js';
import { STREAMING_CHECKPOINTS } from '../schema/ledger-table.js';
import { chunkOf, streamingClaim, type StreamScratch } from './stream-scratch.js';

const REST =
  'https://docs.snowflake.com/en/user-guide/snowpipe-streaming/snowpipe-streaming-high-performance-rest-api';

export const OWNER_CLAIMS: readonly Claim[] = [
  streamingClaim({
    name: 'Opening a channel fences its former owner',
    documentation: REST,
    ifBroken:
      'Two pods could append to one partition after a rebalance, and store rows twice: use SNOWFLAKE_INGEST=sql',
    run: async (stream) => {
      const former = await stream.channel();
      const owner = await stream.channel();
      const refused = await stream.append(former, [stream.scratch.row(0)]).catch((error: unknown) => error);
      must(
        refused instanceof StreamingError && isFenced(refused),
        refused instanceof StreamingError ? refused.code : 'the former owner can append',
      );
      await stream.store(owner, [stream.scratch.row(1)]);
      const found = (await stream.offsets()).join();
      must(found === '1', `offsets ${found}`);
      return refused.code;
    },
  }),
  streamingClaim({
    name: 'Nothing is committed any more from a channel that has been opened again',
    documentation: null,
    ifBroken: 'After a crash, rows may appear late, beside those that replace them: use SNOWFLAKE_INGEST=sql',
    run: async (stream) => {
      await stream.append(await stream.channel(), [stream.scratch.row(0)]);
      const owner = await stream.channel();
      const isKept = owner.text === '0';
      // Each commit takes seconds, in which the old row would appear.
      for (const offset of [1, 2, 3]) await stream.store(owner, [stream.scratch.row(offset)]);
      const found = (await stream.offsets()).join();
      must(
        found === (isKept ? '0,1,2,3' : '1,2,3'),
        `the token said ${isKept ? 'yes' : 'no'}, offsets ${found}`,
      );
      return isKept ? 'the row was committed before' : 'the row was discarded';
    },
  }),
  streamingClaim({
    name: 'An append that is sent again is not stored twice',
    documentation: null,
    ifBroken: 'A lost response may store rows twice: use SNOWFLAKE_INGEST=sql',
    run: async (stream) => {
      const { client, scratch } = stream;
      const name = channelName(scratch.options.consumerGroup, { topic: scratch.topic, partition: 0 }, 1);
      const { continuationToken } = await client.open(PIPES.events, name);
      const { body, bytes } = await chunkOf([scratch.row(0)]);
      const append = { continuationToken, startToken: '1:0', endToken: '1:0', body, bytes };
      await client.append(PIPES.events, name, append);
      const word = await client.append(PIPES.events, name, append).then(
        () => 'accepted without an effect',
        (error: unknown) => {
          if (error instanceof StreamingError && isFenced(error)) return `refused: ${error.code}`;
          throw error;
        },
      );
      await stream.store(await stream.channel(), [scratch.row(1)]);
      const found = (await stream.offsets()).filter((offset) => offset === 0).length;
      must(found <= 1, `${found} rows`);
      return word;
    },
  }),
  streamingClaim({
    name: 'A channel is found by a name with $, - and _',
    documentation: null,
    ifBroken:
      'The service does not get past its first batch: give group and topic names of letters and digits only',
    run: async ({ client, scratch }) => {
      const name = channelName('group.of the-Übung', { topic: scratch.topic, partition: 0 }, 1);
      await client.open(PIPES.events, name);
      const found = await client.statuses(PIPES.events, [name]);
      must(found.has(name), `found: ${[...found.keys()].join() || 'none'}`);
      return name;
    },
  }),
  streamingClaim({
    name: 'A batch of rows and a dead letter is stored, and the ledger has its counters',
    documentation: null,
    ifBroken: 'The service does not work with SNOWFLAKE_INGEST=streaming: use sql, and report what was seen',
    run: async (stream) => {
      const { scratch } = stream;
      const rows = [scratch.row(0), scratch.row(1)];
      const seconds = await withOwner(stream, async (owner) => {
        const result = await owner.write(scratch.batch(0, rows, [scratch.letter(2, Buffer.from('{'))]));
        return storedSeconds(result);
      });
      const ledger = await scratch.query(
        `SELECT NEXT_OFFSET, STORED, DEAD_LETTERED FROM ${STREAMING_CHECKPOINTS} WHERE TOPIC = ?`,
        [scratch.topic],
      );
      const seen = ledger.map((row) => [row['NEXT_OFFSET'], row['STORED'], row['DEAD_LETTERED']].join());
      must(seen.join() === '3,2,1', `NEXT_OFFSET, STORED, DEAD_LETTERED: ${seen.join(' and ')}`);
      return `two commits, ${seconds.toFixed(1)} s`;
    },
  }),
  streamingClaim({
    name: 'A new owner stores the batch of an interrupted one once',
    documentation: null,
    ifBroken: 'A killed pod may store rows twice or lose them: use SNOWFLAKE_INGEST=sql',
    run: async (stream) => {
      const { scratch } = stream;
      await withOwner(stream, async (first) => {
        storedSeconds(await first.write(scratch.batch(0, [scratch.row(0)])));
        // Appends the rows, and never settles them.
        first.prepare(scratch.batch(1, [scratch.row(1), scratch.row(2)]));
      });
      await withOwner(stream, async (second) =>
        storedSeconds(await second.write(scratch.batch(1, [scratch.row(1)]))),
      );
      await withOwner(stream, async (third) =>
        storedSeconds(await third.write(scratch.batch(2, [scratch.row(2)]))),
      );
      const found = (await stream.offsets()).join();
      must(found === '0,1,2', `offsets ${found}`);
      return 'three owners, each row once';
    },
  }),
];

/** Closing waits for what is being appended. */
async function withOwner<T>(
  stream: StreamScratch,
  work: (owner: Awaited<ReturnType<StreamScratch['owner']>>) => Promise<T>,
): Promise<T> {
  const owner = await stream.owner();
  try {
    return await work(owner);
  } finally {
    await owner.close();
  }
}

function storedSeconds(result: WriteResult): number {
  if (result.kind === 'fault') throw new FaultError(result.fault);
  must(result.kind === 'stored', `the result of a batch is ${result.kind}`);
  return result.seconds;
}
