import type { Kafka, Message as KafkaMessage, Producer, Transaction } from 'kafkajs';
import { commandFault, isKafkaErrorType, NothingSent, withAdminClient } from '#kafka';
import { FaultError, partitionName, type Message } from '#pipeline';
import type { LakeSpan } from '../replay/span.js';

/** kafkajs sends all messages of a request as one record batch, and brokers accept 1 MiB by default. */
const MOST_REQUEST_BYTES = 512 * 1024;
/** What a record takes beside key, value and headers, at most. */
const OVERHEAD_BYTES = 64;
/** A transaction of a process that was killed takes a moment to end. */
const PATIENT = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 12 };

/** The group that holds how far a span has been copied. Another span is another copy. */
export function groupOf(target: string, { log, named: { from, to } }: LakeSpan): string {
  return `lake-replay.${target}.${partitionName(log)}.${from}-${to === Infinity ? '' : to - 1}`;
}

/** The lake's offset from which the copy of each span continues. @throws FaultError */
export async function copiedUpTo(
  kafka: Kafka,
  target: string,
  spans: readonly LakeSpan[],
): Promise<number[]> {
  return withAdminClient(kafka, `looking up what ${target} has`, async (admin) => {
    const positions: number[] = [];
    for (const span of spans) {
      const { topic, partition } = span.log;
      const [found] = await admin.fetchOffsets({ groupId: groupOf(target, span), topics: [topic] });
      const offset = found?.partitions.find((each) => each.partition === partition)?.offset ?? '-1';
      positions.push(Math.max(span.from, Number(offset)));
    }
    return positions;
  });
}

/**
 * Copies records of one partition to the same partition of another topic. Each transaction also commits the lake's offset
 * up to which it has copied, so that a copy that was killed continues without a double. Of two copies of a span, the broker
 * fences the one that began first.
 */
export class PartitionCopy {
  #transaction: Transaction | null = null;

  private constructor(
    private readonly kafka: Kafka,
    private readonly producer: Producer,
    private readonly target: string,
    private readonly span: LakeSpan,
  ) {}

  /** Ends what a killed copy has left. @throws FaultError */
  static async open(kafka: Kafka, target: string, span: LakeSpan): Promise<PartitionCopy> {
    const producer = kafka.producer({
      transactionalId: groupOf(target, span),
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: PATIENT,
    });
    const copy = new PartitionCopy(kafka, producer, target, span);
    try {
      await copy.#orFault(async () => {
        await producer.connect();
        await copy.#begin();
      });
      return copy;
    } catch (error) {
      await copy.close();
      throw error;
    }
  }

  /**
   * Appends these records, and settles every offset below `next`, all or nothing.
   *
   * @throws FaultError; it may have taken effect nevertheless
   */
  async append(records: readonly Message[], next: number): Promise<void> {
    await this.#orFault(async () => {
      const transaction = await this.#begin();
      for (const messages of requestsOf(records)) {
        const sent = await transaction.send({ topic: this.target, acks: -1, messages });
        if (sent.length === 0) throw new NothingSent();
      }
      const { topic, partition } = this.span.log;
      const partitions = [{ partition, offset: String(next) }];
      await transaction.sendOffsets({
        consumerGroupId: groupOf(this.target, this.span),
        topics: [{ topic, partitions }],
      });
      await transaction.commit();
      this.#transaction = null;
    });
  }

  /** Aborts what is not committed. */
  async close(): Promise<void> {
    await this.#transaction?.abort().catch(() => undefined);
    await this.producer.disconnect().catch(() => undefined);
  }

  async #begin(): Promise<Transaction> {
    return (this.#transaction ??= await this.producer.transaction());
  }

  async #orFault<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const doing = `writing to ${this.target}`;
      const fault = commandFault(this.kafka, error, doing);
      const remedy = REMEDIES.find(([types]) => types.some((type) => isKafkaErrorType(error, type)))?.[1];
      throw new FaultError(remedy === undefined ? fault : { ...fault, class: 'setup', remedy });
    }
  }
}

const REMEDIES: readonly (readonly [types: readonly string[], remedy: string])[] = [
  [
    ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE'],
    'Another replay of this span has begun: let that one end',
  ],
  [['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'], "Raise the topic's max.message.bytes"],
  [
    ['INVALID_TIMESTAMP'],
    "Raise the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms: the records keep their timestamps",
  ],
  [
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED'],
    'Grant WRITE and DESCRIBE on the topic, and on transactional ids that begin with lake-replay., and READ on groups that do',
  ],
];

/** In order; each with at least one message. */
function requestsOf(records: readonly Message[]): KafkaMessage[][] {
  const requests: KafkaMessage[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = sizeOf(record);
    if (bytes + size > MOST_REQUEST_BYTES) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(toKafkaMessage(record));
    bytes += size;
  }
  return requests;
}

function toKafkaMessage({ partition, key, value, headers, timestampMs }: Message): KafkaMessage {
  // The types of kafkajs leave out null, which our encoder of requests writes.
  return {
    partition,
    key,
    value,
    headers: headers as NonNullable<KafkaMessage['headers']>,
    timestamp: String(timestampMs),
  };
}

/** Bytes of a record as the limit of a request counts them. */
export function sizeOf({ key, value, headers }: Message): number {
  let bytes = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, given] of Object.entries(headers))
    for (const each of [given].flat()) bytes += name.length * 3 + (each?.length ?? 0) + OVERHEAD_BYTES;
  return bytes;
}
