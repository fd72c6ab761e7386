import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { FaultError } from '#pipeline';
import type { Claim } from '../../snowflake/verify/claim.js';
import { must } from '../../snowflake/verify/must.js';
import { checkStreaming } from '../schema/streaming-check.js';
import { chunkOf, streamingClaim } from './stream-scratch.js';

const GUIDE = 'https://docs.snowflake.com/en/user-guide/snowpipe-streaming';
const REST = `${GUIDE}/snowpipe-streaming-high-performance-rest-api`;

/** What the two engines must store alike. */
const CONTENTS = [
  '{"event_type":"ORDER_CREATED","text":"漢字 \\u0000 é","nested":{"a":[1,[2,null]]},"":""}',
  '{"twice":1,"twice":2,"exponent":1.5e300,"small":1e-7,"zero":-0.0}',
  '{"long":123456789012345678901234567890,"longer":1234567890123456789012345678901234567890}',
];

/** Compresses to a little more than its bytes, half of its hexadecimal digits. */
const NOISE_BYTES = 3_344_000;

export const ROW_CLAIMS: readonly Claim[] = [
  streamingClaim({
    name: 'The login is accepted, and the pipes, the ledger and its view are found',
    documentation: REST,
    ifBroken: 'The service does not start with SNOWFLAKE_INGEST=streaming: do what the message says',
    run: async ({ scratch, client }) => {
      const [fault] = await checkStreaming(scratch.options, client);
      if (fault !== undefined) throw new FaultError(fault);
      return 'the check at startup finds nothing';
    },
  }),
  streamingClaim({
    name: 'Rows are visible as soon as the committed offset token says so',
    documentation: null,
    ifBroken:
      'A new owner may not see the rows of an interrupted batch, and store them twice: use SNOWFLAKE_INGEST=sql',
    run: async (stream) => {
      const channel = await stream.channel();
      const seconds: string[] = [];
      for (let from = 0; from < 30; from += 10) {
        const rows = Array.from({ length: 10 }, (_, index) => stream.scratch.row(from + index));
        seconds.push((await stream.store(channel, rows)).toFixed(1));
        const found = (await stream.offsets()).length;
        must(found === from + 10, `${found} rows are visible of ${from + 10} that are committed`);
      }
      return `commits after ${seconds.join(', ')} s`;
    },
  }),
  streamingClaim({
    name: 'An offset token of 300 characters is kept as it is',
    documentation: null,
    ifBroken:
      'The token of the ledger holds the checkpoint, which would be lost: use SNOWFLAKE_INGEST=sql, and report it',
    run: async (stream) => {
      const text = 'open:'.padEnd(300, '0123456789:');
      await stream.store(await stream.channel(), [stream.scratch.row(0)], text);
      const { text: kept } = await stream.channel();
      must(kept === text, `it comes back as ${String(kept)}`);
      return 'unchanged after the channel was opened again';
    },
  }),
  streamingClaim({
    name: 'A column that the pipe does not list gets its default',
    documentation: 'https://docs.snowflake.com/en/sql-reference/sql/copy-into-table',
    ifBroken:
      'INGESTION_TIME is NULL in streamed rows: views by load time leave them out. Nothing else depends on it',
    run: async (stream) => {
      await stream.store(await stream.channel(), [stream.scratch.row(0)]);
      const [row] = await stream.scratch.events();
      must(row?.['INGESTION_TIME'] != null, 'INGESTION_TIME is NULL');
      return `INGESTION_TIME is ${JSON.stringify(row['INGESTION_TIME'])}`;
    },
  }),
  streamingClaim({
    name: 'A refused row is counted not later than its offset token is committed, and the rows beside it are stored',
    documentation: `${GUIDE}/snowpipe-streaming-high-performance-error-handling`,
    ifBroken:
      'A row that Snowflake refuses may count as stored: run `operator verify` daily, and read the error table',
    run: async (stream) => {
      const channel = await stream.channel();
      const rows = [
        stream.scratch.row(0),
        stream.scratch.row(1, { content: 'not JSON' }),
        stream.scratch.row(2),
      ];
      await stream.store(channel, rows);
      const found = (await stream.offsets()).join();
      const { refused, refusal } = channel;
      must(refused === 1 && found === '0,2', `${refused} counted as refused, offsets ${found} stored`);
      return `refused: ${refusal}`;
    },
  }),
  streamingClaim({
    name: 'An event has the same columns and values as by SQL',
    documentation: 'https://docs.snowflake.com/en/sql-reference/functions/try_parse_json',
    ifBroken:
      'Views may read streamed rows differently. Do not mix the engines on one table before you have compared the values',
    run: async (stream) => {
      const { scratch } = stream;
      const rows = CONTENTS.map((content, offset) => scratch.row(offset, { content }));
      await stream.store(await stream.channel(), rows);
      const streamed = await scratch.events();
      await scratch.schema.execute(`DELETE FROM ${scratch.options.schema}.RAW_EVENTS_STREAM`);
      await scratch.store(await scratch.owner(), scratch.batch(0, rows));
      const bySql = await scratch.events();
      const without = (list: typeof bySql) => list.map((row) => ({ ...row, INGESTION_TIME: null }));
      must(
        streamed.length === CONTENTS.length && isDeepStrictEqual(without(streamed), without(bySql)),
        `streamed ${JSON.stringify(without(streamed))}, by SQL ${JSON.stringify(without(bySql))}`,
      );
      return `${CONTENTS.length} events alike`;
    },
  }),
  streamingClaim({
    name: 'A request of 3.8 MB after compression is accepted',
    documentation: REST,
    ifBroken: 'Large batches fail with HTTP 413: set BATCH_MAX_BYTES=3000000',
    run: async (stream) => {
      const content = JSON.stringify({ noise: noise(NOISE_BYTES) });
      const row = stream.scratch.row(0, { content });
      const { body } = await chunkOf([row]);
      await stream.store(await stream.channel(), [row]);
      must((await stream.offsets()).length === 1, 'its row is not there');
      return `${(body.length / 1e6).toFixed(1)} MB`;
    },
  }),
];

/** Hexadecimal text that hardly compresses. */
function noise(bytes: number): string {
  const blocks = Array.from({ length: Math.ceil(bytes / 64) }, (_, index) =>
    createHash('sha512').update(String(index)).digest('hex'),
  );
  return blocks.join('');
}
