import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import type { Checkpoint } from '#pipeline';
import { contentFingerprint } from '../warehouses/fingerprint.js';
import { coordinatesOf, type Row } from '../warehouses/rows.js';
import type { HostileRecord } from './corpus.js';

/** What was sent to one partition, in its order, without what was aborted. */
export interface SentPartition {
  partition: number;
  /** Who sent it, for messages: `java, zstd`. */
  by: string;
  records: readonly HostileRecord[];
}

/** Both tables and the checkpoints, as the warehouse has them. */
export interface Tables {
  events: AsyncIterable<Row>;
  letters: AsyncIterable<Row>;
  checkpoints: readonly Checkpoint[];
}

/** Where a committed read finds each record of a topic: by partition, in order. */
type Offsets = ReadonlyMap<number, readonly number[]>;

const OUTPUT_BYTES = 1024 * 1024 * 1024;
const run = promisify(execFile);

/**
 * Compares what librdkafka reads of the topic with what stands in the tables: each record is exactly where it should be,
 * with the content that was sent. Uses nothing of the service.
 *
 * @returns what is wrong, a sentence each
 */
export async function reconcile(
  bootstrapServers: string,
  topic: string,
  sent: readonly SentPartition[],
  tables: Tables,
): Promise<string[]> {
  const problems: string[] = [];
  const expected = new Map<string, { record: HostileRecord; by: string }>();
  const offsets = await committedOffsets(bootstrapServers, topic);
  for (const { partition, by, records } of sent) {
    const found = offsets.get(partition) ?? [];
    if (found.length !== records.length)
      problems.push(
        `Partition ${partition} (${by}) holds ${found.length} committed records of ${records.length} sent.`,
      );
    records.forEach((record, index) => expected.set(`${partition}@${found[index] ?? -1}`, { record, by }));
  }

  const rows = new Map<string, number>();
  const check = (row: Row, fault: (record: HostileRecord) => string | null) => {
    const { partition, offset } = coordinatesOf(row);
    const at = `${partition}@${offset}`;
    rows.set(at, (rows.get(at) ?? 0) + 1);
    const found = expected.get(at);
    const wrong = found === undefined ? 'is no committed record of the topic' : fault(found.record);
    if (wrong !== null)
      problems.push(`${at} (${found?.record.name ?? 'unknown'}, ${found?.by ?? ''}) ${wrong}.`);
  };
  for await (const row of tables.events) check(row, (record) => wrongEvent(record, row));
  for await (const row of tables.letters) check(row, (record) => wrongLetter(record, row));

  for (const [at, { record, by }] of expected) {
    const count = rows.get(at) ?? 0;
    const wanted = record.fate === 'skipped' ? 0 : 1;
    if (count !== wanted)
      problems.push(`${at} (${record.name}, ${by}) has ${count} rows instead of ${wanted}.`);
  }
  for (const checkpoint of tables.checkpoints) {
    const { partition, firstOffset, nextOffset, stored, deadLettered, skipped, gaps, lost } = checkpoint;
    if (nextOffset - firstOffset !== stored + deadLettered + skipped + gaps + lost)
      problems.push(
        `The checkpoint of partition ${partition} does not add up: ${JSON.stringify(checkpoint)}.`,
      );
  }
  return problems;
}

async function committedOffsets(bootstrapServers: string, topic: string): Promise<Offsets> {
  const { stdout } = await run(
    'kcat',
    [
      ...['-C', '-e', '-q', '-b', bootstrapServers, '-t', topic, '-o', 'beginning', '-f', '%p %o\n'],
      ...['-X', 'isolation.level=read_committed', '-X', 'receive.message.max.bytes=1000000000'],
    ],
    { maxBuffer: OUTPUT_BYTES },
  );
  const offsets = new Map<number, number[]>();
  for (const line of stdout.split('\n')) {
    const [partition, offset] = line.split(' ').map(Number);
    if (partition === undefined || offset === undefined) continue;
    offsets.set(partition, [...(offsets.get(partition) ?? []), offset]);
  }
  for (const found of offsets.values()) found.sort((a, b) => a - b);
  return offsets;
}

function wrongEvent({ fate, value }: HostileRecord, row: Row): string | null {
  if (fate !== 'stored') return `is stored and should be ${fate}`;
  const content = row['EVENT_CONTENT'];
  const json = typeof content === 'string' ? content : JSON.stringify(content);
  // A text that is the same needs no parsing: some of them are nested deeper than a recursion may go.
  const isSame = json === String(value) || contentFingerprint(json) === contentFingerprint(String(value));
  return isSame ? null : 'is stored with other content';
}

function wrongLetter({ fate, value }: HostileRecord, row: Row): string | null {
  const type = String(row['ERROR_TYPE']);
  if (type !== fate) return `is a dead letter for ${type} and should be ${fate}`;
  const text = row['ORIGINAL_VALUE'] as string | null;
  const kept = Buffer.from(text ?? '', row['VALUE_ENCODING'] === 'base64' ? 'base64' : 'utf8');
  if (value === null) return null;
  // Nobody could read it.
  if (fate === 'unreadable') return text === null ? null : 'is a dead letter with a value';
  // What is too large is kept in part.
  const same = fate === 'too_large' ? value.subarray(0, kept.length) : value;
  return sha256(kept) === sha256(same) ? null : 'is a dead letter with another value';
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
