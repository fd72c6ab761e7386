import { join } from 'node:path';
import { createTopic } from '#testing';
import {
  CLIENT_LIBRARIES,
  filesOf,
  runJava,
  sendStep,
  type ClientLibrary,
  type Codec,
  type Destination,
} from './clients.js';
import {
  bombRecord,
  costlyRecords,
  goodRecord,
  jsonRecords,
  oddRecords,
  type HostileRecord,
} from './corpus.js';
import type { SentPartition } from './reconciliation.js';
import type { HostileOptions } from './options.js';

const MEBIBYTE = 1024 * 1024;
/** Brokers take no request of 100 MiB or more. */
const MOST_UNCOMPRESSED_MEBIBYTES = 90;
/** 1 MB of `{"a":` in DuckDB, which keeps text. The endpoint builds the value, and so does Snowflake. */
const NESTING = { duckdb: 170_000, snowflake: 500 };

/** A partition for each client and codec, and one of interleaved transactions. */
export async function fillTopic(
  topic: string,
  { engine, bootstrapServers, codecs, bombMebibytes, folder, tell }: HostileOptions,
): Promise<{ sent: SentPartition[]; leftOut: string[] }> {
  const clients = CLIENT_LIBRARIES.filter(({ missing }) => missing === null);
  const leftOut = CLIENT_LIBRARIES.flatMap(({ missing }) => missing ?? []);
  const hasJava = clients.some(({ name }) => name === 'java');
  const partitions = clients.length * codecs.length + (hasJava ? 1 : 0);
  await createTopic(bootstrapServers, topic, {
    partitions,
    config: {
      'max.message.bytes': String(MOST_UNCOMPRESSED_MEBIBYTES * MEBIBYTE + MEBIBYTE),
      'message.timestamp.after.max.ms': '9223372036854775807',
    },
  });
  await createTopic(bootstrapServers, `${topic}_dlq`);

  const sent: SentPartition[] = [];
  for (const client of clients) {
    for (const codec of codecs) {
      const hostile = [
        ...jsonRecords(),
        ...oddRecords(),
        ...costlyRecords(NESTING[engine]),
        bomb(client, codec, bombMebibytes),
      ].filter(client.takes);
      const records = betweenGoodOnes(hostile);
      const partition = sent.length;
      const by = `${client.name}, ${codec}`;
      tell(`partition ${partition}: ${records.length} records by ${by}`);
      const destination = { bootstrapServers, topic, partition, codec, folder: join(folder, 'values') };
      await client.send(destination, records);
      sent.push({ partition, by, records });
    }
  }
  if (hasJava)
    sent.push(await fillTransactions(topic, sent.length, bootstrapServers, join(folder, 'values')));
  return { sent, leftOut };
}

/** Snappy is read in parts where the client frames its blocks; else its partition is held. */
function bomb(client: ClientLibrary, codec: Codec, mebibytes: number): HostileRecord {
  const isBareBlock = codec === 'snappy' && client.name !== 'java';
  const size = codec === 'none' ? Math.min(mebibytes, MOST_UNCOMPRESSED_MEBIBYTES) : mebibytes;
  return bombRecord(size, isBareBlock ? 'unreadable' : 'too_large');
}

/** Three producers that interleave; what is aborted stands between what is committed. */
async function fillTransactions(
  topic: string,
  partition: number,
  bootstrapServers: string,
  folder: string,
): Promise<SentPartition> {
  const destination: Destination = { bootstrapServers, topic, partition, codec: 'zstd', folder };
  const records = Array.from({ length: 9 }, (_, index) => goodRecord(1_000_000 + index));
  const files = await filesOf(folder, records);
  const send = (producer: string, index: number) =>
    sendStep(producer, partition, records[index] ?? goodRecord(0), files[index] ?? null);
  await runJava(destination, [
    ...['begin\ta', 'begin\tb', 'begin\tc', send('a', 0), send('b', 1), 'abort\tb'],
    ...[send('a', 2), 'abort\ta', send('c', 3), 'begin\tb', send('b', 4), 'commit\tb'],
    ...[send('-', 5), 'begin\ta', send('a', 6), send('c', 7), 'commit\tc', 'abort\ta', send('-', 8)],
  ]);
  const committed = [3, 4, 5, 7, 8].flatMap((index) => records[index] ?? []);
  return { partition, by: 'java, transactions', records: committed };
}

function betweenGoodOnes(hostile: readonly HostileRecord[]): HostileRecord[] {
  return [...hostile.flatMap((record, index) => [goodRecord(index), record]), goodRecord(hostile.length)];
}
