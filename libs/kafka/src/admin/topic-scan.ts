import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { FaultError, type Fault, type Message, type Undecodable } from '#pipeline';
import { KafkaFetchedBatch } from '../transport/fetched-batch.js';
import { kafkaFault } from '../transport/kafka-fault.js';

/** How long to wait for the next records before reading fails. Joining the group alone takes seconds. */
const SILENCE_MS = 30_000;

/** The offsets of a topic at some moment: by partition the first offset, and the one after the last. */
export type TopicExtent = ReadonlyMap<number, { start: number; end: number }>;

export interface ReadOptions {
  /** Whether to read one partition after the other, by number. */
  isSequential?: boolean;
  /** Decides whether to skip offsets that cannot be read; otherwise reading fails. */
  isSkipped?: (partition: number, offsets: Undecodable) => Promise<boolean>;
}

/** Tracks how far a topic has been read, and streams its messages with backpressure. */
export class TopicScan {
  readonly messages = new PassThrough({ objectMode: true, highWaterMark: 1 });
  /** The unread offsets by partition: the next one, and the one to stop at. */
  readonly #ahead: Map<number, { next: number; end: number }>;
  readonly #silence: NodeJS.Timeout;
  #consumer: Consumer | null = null;
  /** Whether the last batch was left for later. */
  #isLeft = false;

  constructor(
    readonly topic: string,
    extent: TopicExtent,
    private readonly options: ReadOptions,
  ) {
    const filled = [...extent]
      .filter(([, { start, end }]) => end > start)
      .sort(([one], [other]) => one - other);
    this.#ahead = new Map(filled.map(([partition, { start, end }]) => [partition, { next: start, end }]));
    this.#silence = setTimeout(() => {
      this.fail(this.#silent());
    }, SILENCE_MS).unref();
    this.messages.once('close', () => {
      clearTimeout(this.#silence);
    });
    if (this.isDone) this.messages.destroy();
  }

  get isDone(): boolean {
    return this.#ahead.size === 0;
  }

  follow(consumer: Consumer): void {
    this.#consumer = consumer;
    // END_BATCH_PROCESS also covers fetches that have only control records or compacted offsets.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      const isLeft = this.#isLeft || !this.#isTurnOf(partition);
      this.#isLeft = false;
      if (!isLeft) this.#advance(partition, Number(lastOffset) + 1);
      if (this.options.isSequential && !this.#ahead.has(partition)) this.#turn(consumer);
      if (!this.#isTurnOf(partition)) consumer.pause([{ topic: this.topic, partitions: [partition] }]);
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      if (!this.options.isSequential) return;
      const others = (memberAssignment[this.topic] ?? []).filter((partition) => !this.#isTurnOf(partition));
      if (others.length > 0) consumer.pause([{ topic: this.topic, partitions: others }]);
      this.#turn(consumer);
    });
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
      this.fail(readFault(error, this.topic));
    });
  }

  fail(fault: Fault): void {
    this.messages.destroy(new FaultError(fault));
  }

  /**
   * Resolves when there is room for more. Drops messages that were read before: after a rejoin, reading starts over.
   */
  async take(payload: EachBatchPayload, heartbeatMs: number): Promise<void> {
    const batch = new KafkaFetchedBatch(payload);
    this.#isLeft = !this.#isNext(batch);
    if (this.#isLeft) return;
    const { next, end } = this.#ahead.get(batch.partition) ?? { next: 0, end: 0 };
    const fresh: Message[] = [];
    for (let index = 0; index < batch.length; index += 1) {
      const message = batch.at(index);
      if (message.offset >= next && message.offset < end) fresh.push(message);
    }
    batch.resolve();
    if (fresh.length > 0) await this.#hand(fresh, batch, heartbeatMs);
    const { undecodable } = batch;
    if (undecodable !== null && undecodable.first < end) await this.#pass(batch.partition, undecodable);
  }

  async #hand(fresh: Message[], batch: KafkaFetchedBatch, heartbeatMs: number): Promise<void> {
    if (this.messages.destroyed) return;
    this.messages.write(fresh);
    this.#advance(batch.partition, batch.nextOffset);
    while (this.messages.writableNeedDrain) {
      await once(this.messages, 'drain', { signal: AbortSignal.timeout(heartbeatMs) }).catch(() => undefined);
      this.#silence.refresh();
      await batch.heartbeat();
    }
  }

  async #pass(partition: number, offsets: Undecodable): Promise<void> {
    const { isSkipped } = this.options;
    if (isSkipped === undefined || !(await isSkipped(partition, offsets))) {
      this.fail(offsets.fault);
      return;
    }
    this.#advance(partition, offsets.last + 1);
    this.#consumer?.seek({ topic: this.topic, partition, offset: String(offsets.last + 1) });
  }

  /** Whether the partition is unread and its turn has come. */
  #isTurnOf(partition: number): boolean {
    const [first] = this.#ahead.keys();
    return this.options.isSequential ? partition === first : this.#ahead.has(partition);
  }

  /** In sequential mode, a fetch may have begun before the partition's turn, and would skip records that were left. */
  #isNext({ partition, fetchedOffset }: KafkaFetchedBatch): boolean {
    if (!this.options.isSequential) return true;
    const next = this.#ahead.get(partition)?.next ?? -1;
    return this.#isTurnOf(partition) && fetchedOffset <= next;
  }

  /** Continues with the partition whose turn it is. */
  #turn(consumer: Consumer): void {
    const [first] = this.#ahead;
    if (first === undefined) return;
    const [partition, { next }] = first;
    consumer.seek({ topic: this.topic, partition, offset: String(next) });
    consumer.resume([{ topic: this.topic, partitions: [partition] }]);
  }

  #advance(partition: number, next: number): void {
    this.#silence.refresh();
    const ahead = this.#ahead.get(partition);
    if (ahead === undefined) return;
    ahead.next = Math.max(ahead.next, next);
    if (ahead.next < ahead.end) return;
    this.#ahead.delete(partition);
    if (this.isDone) this.messages.end();
  }

  #silent(): Fault {
    const left = [...this.#ahead].map(
      ([partition, { next, end }]) => `${this.topic}-${partition}@${next} of ${end}`,
    );
    return {
      class: 'transient',
      code: 'KAFKA_SILENT',
      message: `Kafka: reading topic ${this.topic}: received nothing for ${SILENCE_MS / 1000} s after ${left.join(', ')}`,
      remedy: null,
    };
  }
}

/** Remedies that differ from the service's, because an operator needs other privileges. */
const RIGHTS: Record<string, string> = {
  TOPIC_AUTHORIZATION_FAILED: 'Grant READ and DESCRIBE on the topic',
  GROUP_AUTHORIZATION_FAILED: 'Grant READ and DELETE on groups whose name begins with KAFKA_GROUP_ID',
};

export function readFault(error: unknown, topic: string): Fault {
  return withRemedy(kafkaFault(error, `reading topic ${topic}`));
}

export function withRemedy(fault: Fault): Fault {
  const remedy = RIGHTS[fault.code];
  return remedy === undefined ? fault : { ...fault, remedy };
}
