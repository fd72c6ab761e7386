import { crc32c } from '@node-rs/crc32';
import type { KafkaMessage } from 'kafkajs';
import { toTimestamp, type Timestamp, type TopicPartition, type Undecodable } from '#pipeline';
import { ByteSource, type Pace } from './byte-source.js';
import { decompress } from '../compression/decompression.js';
import { decodeOldFormats as decodeMessageSet } from '../kafkajs-2.2.4/reading/old-formats.js';
import { FetchedRecord, NO_HEADERS, REMOVED, type BatchContext } from './fetched-record.js';
import { readLargeRecord } from './large-record.js';
import { MAX_INTEGER_BYTES, RecordReader, type RecordFrame } from './record-reader.js';
import { corrupt, undecodable, UndecodableError } from './undecodable.js';

/** Limits for decoding one fetch of one partition. */
export interface DecodingLimits {
  /** Memory for records, in bytes. A single record beyond it is kept only in part. */
  memoryBytes: number;
  /** The decompressed size of one batch, in bytes. */
  batchBytes: number;
}

export interface FetchedSet extends TopicPartition {
  bytes: Buffer;
  /** Records below it are dropped: the broker sends the whole batch that contains it. */
  fetchedOffset: number;
}

export interface DecodedSet {
  /** `FetchedRecord` for the message format v2; older formats are decoded by kafkajs. */
  records: (FetchedRecord | KafkaMessage)[];
  /** The unreadable offsets that follow the records. */
  undecodable: Undecodable | null;
}

/** Base offset and length. The length field does not include them. */
const PREAMBLE_BYTES = 12;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const CHECKSUM_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const FIRST_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const COUNT_AT = 57;
const RECORDS_AT = 61;

const MAGIC = 2;
const IS_LOG_APPEND_TIME = 0x08;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;

/** Memory per record in addition to its bytes. */
const RECORD_OVERHEAD_BYTES = 160;
/** How many records are decoded between calls of `pace`. */
const RECORDS_A_TURN = 4_096;

/**
 * Decodes what was fetched from one partition, as far as the limits allow; the next fetch continues after the last
 * record. Returns unreadable offsets as `undecodable`, and throws only what `pace` throws.
 */
export async function decodeSet(set: FetchedSet, limits: DecodingLimits, pace: Pace): Promise<DecodedSet> {
  const decoding = new Decoding(set, limits, pace);
  return set.bytes.length > MAGIC_AT && set.bytes.readInt8(MAGIC_AT) < MAGIC
    ? decodeOldFormats(set)
    : decoding.decoded();
}

class Decoding {
  readonly #records: FetchedRecord[] = [];
  #room: number;
  /** The offset expected next. */
  #next: number;

  constructor(
    private readonly set: FetchedSet,
    private readonly limits: DecodingLimits,
    private readonly pace: Pace,
  ) {
    this.#room = limits.memoryBytes;
    this.#next = set.fetchedOffset;
  }

  async decoded(): Promise<DecodedSet> {
    const { bytes } = this.set;
    for (let at = 0; at + RECORDS_AT <= bytes.length;) {
      const length = PREAMBLE_BYTES + bytes.readInt32BE(at + LENGTH_AT);
      // The broker may cut off the last batch of a fetch.
      if (at + length > bytes.length) break;
      const batch = bytes.subarray(at, at + Math.max(length, RECORDS_AT));
      const firstOffset = Number(batch.readBigInt64BE(0));
      const lastOffset = firstOffset + Math.max(0, batch.readInt32BE(LAST_OFFSET_DELTA_AT));
      at += length;
      if (lastOffset < this.set.fetchedOffset && length >= RECORDS_AT) continue;
      this.#next = Math.max(this.#next, firstOffset);
      try {
        if (length < RECORDS_AT) throw corrupt(`it has a length of ${length} bytes`);
        if (!(await this.#batch(batch, firstOffset, lastOffset))) break;
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        const { topic, partition } = this.set;
        const range = { first: this.#next, last: Math.max(this.#next, lastOffset) };
        return { records: this.#records, undecodable: undecodable({ topic, partition }, range, error) };
      }
    }
    return { records: this.#records, undecodable: null };
  }

  /** Decodes a batch of the message format v2. Returns false if there is not enough memory for all of it. */
  async #batch(batch: Buffer, firstOffset: number, lastOffset: number): Promise<boolean> {
    if (crc32c(batch.subarray(ATTRIBUTES_AT)) !== batch.readUInt32BE(CHECKSUM_AT)) {
      throw corrupt('its checksum is wrong');
    }
    const attributes = batch.readInt16BE(ATTRIBUTES_AT);
    const count = batch.readInt32BE(COUNT_AT);
    if (count < 0) throw corrupt(`it has ${count} records`);
    if (count > 0) {
      const source = await this.#source(attributes, batch);
      const frame = { firstOffset, lastOffset, ...sharedOf(batch, attributes) };
      try {
        if (!(await this.#take(source, count, frame))) return false;
        if (source.available > 0 || (await source.fill(1)))
          throw corrupt('it has more records than its header says');
      } finally {
        await source.end();
      }
    }
    if (this.#next <= lastOffset) this.#add(standIn(lastOffset), 0);
    return true;
  }

  async #source(attributes: number, batch: Buffer): Promise<ByteSource> {
    const { memoryBytes, batchBytes } = this.limits;
    const limits = { wholeBytes: memoryBytes / 2, blockBytes: memoryBytes, batchBytes };
    const decompressed = await decompress(attributes, batch.subarray(RECORDS_AT), limits);
    if (decompressed === null) return new ByteSource(batch.subarray(RECORDS_AT), null, this.pace);
    return 'whole' in decompressed
      ? new ByteSource(decompressed.whole, null, this.pace)
      : new ByteSource(Buffer.alloc(0), decompressed.chunks, this.pace);
  }

  async #take(source: ByteSource, count: number, frame: RecordFrame): Promise<boolean> {
    const reader = new RecordReader(frame);
    const { fetchedOffset } = this.set;
    for (let index = 0; index < count; index += 1) {
      if (index % RECORDS_A_TURN === RECORDS_A_TURN - 1) await this.pace();
      if (source.available < MAX_INTEGER_BYTES) await source.fill(MAX_INTEGER_BYTES);
      reader.open(source.bytes, source.at);
      const length = reader.integer();
      if (length < 0) throw corrupt(`a record has a length of ${length} bytes`);
      const isLarge = length > this.limits.memoryBytes;
      const cost = RECORD_OVERHEAD_BYTES + (isLarge ? 0 : length);
      if (this.#records.length > 0 && cost > this.#room) return false;
      source.at = reader.at;
      if (isLarge) {
        const record = await readLargeRecord(source, length, reader, frame, fetchedOffset);
        if (record !== null) this.#add(record, cost + record.place.size);
        continue;
      }
      if (source.available < length) {
        if (!(await source.fill(length))) throw corrupt('its records are cut short');
        reader.open(source.bytes, source.at);
      }
      const record = reader.record(length, fetchedOffset);
      source.at += length;
      if (record !== null) this.#add(record, cost);
    }
    return true;
  }

  #add(record: FetchedRecord, cost: number): void {
    this.#records.push(record);
    this.#room -= cost;
    this.#next = record.position + 1;
  }
}

function sharedOf(batch: Buffer, attributes: number): Pick<RecordFrame, 'clock' | 'context'> {
  const isLogAppendTime = (attributes & IS_LOG_APPEND_TIME) !== 0;
  const context: BatchContext = {
    producerId: String(batch.readBigInt64BE(PRODUCER_ID_AT)),
    inTransaction: (attributes & IS_TRANSACTIONAL) !== 0,
    isControlBatch: (attributes & IS_CONTROL) !== 0,
    timestampType: isLogAppendTime ? 'LogAppendTime' : 'CreateTime',
    isAborted: false,
  };
  const clock = isLogAppendTime
    ? new Clock(batch.readBigInt64BE(MAX_TIMESTAMP_AT), false)
    : new Clock(batch.readBigInt64BE(FIRST_TIMESTAMP_AT), true);
  return { clock, context };
}

/** Brokers before 4.0 may still hold old formats. One unreadable message makes the whole fetch undecodable. */
async function decodeOldFormats({ bytes, fetchedOffset, topic, partition }: FetchedSet): Promise<DecodedSet> {
  try {
    return { records: await decodeMessageSet(bytes), undecodable: null };
  } catch (error) {
    const last = Math.max(fetchedOffset, Number(bytes.readBigInt64BE(0)));
    const why = corrupt(
      `its old message format is broken: ${error instanceof Error ? error.message : String(error)}`,
    );
    return {
      records: [],
      undecodable: undecodable({ topic, partition }, { first: fetchedOffset, last }, why),
    };
  }
}

/**
 * Stands for the last record of a batch if compaction removed it. kafkajs continues after the last record that it sees:
 * without this one it would fetch the rest of the batch offset by offset, or an empty batch forever.
 */
function standIn(offset: number): FetchedRecord {
  return new FetchedRecord(Buffer.alloc(0), offset, 0, 0, -1, 0, -1, NO_HEADERS, REMOVED);
}

/** Record times in milliseconds since 1970. */
class Clock {
  readonly #first: number;

  constructor(
    private readonly first: bigint,
    /** Whether each record has its own time. */
    private readonly isCreateTime: boolean,
  ) {
    this.#first = Number(first);
  }

  after(deltaMs: number | bigint): Timestamp {
    if (!this.isCreateTime) return toTimestamp(this.first);
    const sum = this.#first + Number(deltaMs);
    return Number.isSafeInteger(sum) ? sum : toTimestamp(BigInt.asIntN(64, this.first + BigInt(deltaMs)));
  }
}
