import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import kafkajs, { Kafka, logLevel, type IHeaders, type Message } from 'kafkajs';
import { registerCodecs } from '#kafka';
import { kafkaDistribution, REPOSITORY_ROOT } from '#testing';
import type { HostileRecord } from './corpus.js';

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type Codec = (typeof CODECS)[number];

/** Where records go, and how. */
export interface Destination {
  bootstrapServers: string;
  topic: string;
  partition: number;
  codec: Codec;
  /** Holds values as files for the clients that are other programs. */
  folder: string;
}

/** A client library that sends records in their order, each in a batch of its own. */
export interface ClientLibrary {
  name: string;
  /** Why it cannot be used on this machine; null where it can. */
  missing: string | null;
  takes: (record: HostileRecord) => boolean;
  send: (to: Destination, records: readonly HostileRecord[]) => Promise<void>;
}

const COMPRESSION: Record<Codec, kafkajs.CompressionTypes> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

const KAFKAJS: ClientLibrary = {
  name: 'kafkajs',
  missing: null,
  // It writes a header without a value as an empty one.
  takes: ({ headers = [] }) => headers.every(([, value]) => value !== null),
  send: async ({ bootstrapServers, topic, partition, codec }, records) => {
    registerCodecs();
    const kafka = new Kafka({
      clientId: 'hostile',
      brokers: bootstrapServers.split(','),
      logLevel: logLevel.NOTHING,
      requestTimeout: 60_000,
    });
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    try {
      for (const { key = null, value, headers = [], timestamp } of records) {
        const message: Message = {
          partition,
          key,
          value,
          headers: headersOf(headers),
          ...(timestamp === undefined ? {} : { timestamp }),
        };
        await producer.send({ topic, acks: -1, compression: COMPRESSION[codec], messages: [message] });
      }
    } finally {
      await producer.disconnect();
    }
  },
};

const LIBRDKAFKA: ClientLibrary = {
  name: 'librdkafka',
  missing: spawnSync('kcat', ['-V']).status === 0 ? null : 'librdkafka: kcat is not installed',
  // By kcat, a file is a message; an empty one is none.
  takes: ({ key, value, headers, timestamp }) =>
    (value?.length ?? 0) > 0 && key === undefined && headers === undefined && timestamp === undefined,
  send: async ({ bootstrapServers, topic, partition, codec, folder }, records) => {
    const files = await filesOf(folder, records);
    await run('kcat', [
      ...['-P', '-b', bootstrapServers, '-t', topic, '-p', String(partition), '-z', codec],
      ...['-X', 'message.max.bytes=1000000000', '-X', 'enable.idempotence=true'],
      ...['-X', 'batch.num.messages=1', '-X', 'message.timeout.ms=120000'],
      ...files.flatMap((file) => file ?? []),
    ]);
  },
};

const JAVA: ClientLibrary = {
  name: 'java',
  missing:
    spawnSync('javac', ['-version']).status === 0 ? null : 'the Java client: the Java here compiles nothing',
  takes: () => true,
  send: async (to, records) => {
    const files = await filesOf(to.folder, records);
    await runJava(
      to,
      records.map((record, index) => sendStep('-', to.partition, record, files[index] ?? null)),
    );
  },
};

export const CLIENT_LIBRARIES: readonly ClientLibrary[] = [KAFKAJS, LIBRDKAFKA, JAVA];

/** Has HostileProducer.java do the steps, in their order. */
export async function runJava(
  { bootstrapServers, topic, codec }: Destination,
  steps: readonly string[],
): Promise<void> {
  const { java, classPath } = await kafkaDistribution();
  const source = join(REPOSITORY_ROOT, 'bench/src/hostile/HostileProducer.java');
  const args = ['-Xmx3g', '-Dlog4j2.level=ERROR', '-XX:TieredStopAtLevel=1', '-cp', classPath, source];
  await run(java, [...args, bootstrapServers, topic, codec], steps.join('\n'));
}

export function sendStep(
  producer: string,
  partition: number,
  { key, timestamp = '-', headers = [] }: HostileRecord,
  file: string | null,
): string {
  const base64 = (bytes: Buffer | null | undefined) => bytes?.toString('base64') ?? '-';
  const fields = headers.map(([name, value]) => `${name}=${base64(value)}`).join(',');
  return ['send', producer, partition, base64(key), file ?? '-', timestamp, fields].join('\t');
}

/** Their values as files; null for a tombstone. */
export async function filesOf(folder: string, records: readonly HostileRecord[]): Promise<(string | null)[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(
    records.map(async ({ value }, index) => {
      if (value === null) return null;
      const file = join(folder, String(index).padStart(5, '0'));
      await writeFile(file, value);
      return file;
    }),
  );
}

function headersOf(headers: NonNullable<HostileRecord['headers']>): IHeaders {
  const found: Record<string, Buffer[]> = {};
  for (const [name, value] of headers) (found[name] ??= []).push(value ?? Buffer.alloc(0));
  return found;
}

async function run(command: string, args: readonly string[], input = ''): Promise<void> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2_000);
  });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code ?? 'a signal'}: ${words}`);
}
