import { BaseRpcContext, ServerKafka, type KafkaContext, type MessageHandler } from '@nestjs/microservices';
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { KafkaFetchedBatch } from './fetched-batch.js';
import type { KafkaEventSource } from './kafka-event-source.js';

export interface BatchServerOptions {
  kafka: Kafka;
  consumer: ConsumerConfig;
  source: KafkaEventSource;
  /** The topic that a handler's pattern stands for: decorators run before there is a configuration. */
  topics: Record<string, string>;
}

/** What a batch handler may ask for by `@Ctx()`. */
export class KafkaBatchContext extends BaseRpcContext<[KafkaFetchedBatch]> {
  getBatch(): KafkaFetchedBatch {
    return this.args[0];
  }
}

/**
 * A Nest transport that hands whole fetched batches to `@EventPattern(pattern, { batch: true })`: the payload is a
 * {@link KafkaFetchedBatch}. Nest's cost of some 20 us falls on a fetch and not on each message, and the handler
 * decides when a fetch is read.
 *
 * Differences from ServerKafka that matter: a rebalance that heartbeat() reports reaches kafkajs unwrapped; nothing is
 * resolved or committed that the handler did not resolve; a consumer that crashed for good is started again.
 */
export class BatchServerKafka extends ServerKafka {
  constructor(private readonly batchOptions: BatchServerOptions) {
    super({ postfixId: '' });
  }

  override addHandler(
    pattern: unknown,
    ...rest: Parameters<ServerKafka['addHandler']> extends [unknown, ...infer Rest] ? Rest : never
  ): void {
    const topic = typeof pattern === 'string' ? (this.batchOptions.topics[pattern] ?? pattern) : pattern;
    super.addHandler(topic, ...rest);
  }

  /** The base class tries to parse the name of the topic as JSON first, at each fetch. */
  override getHandlerByPattern(topic: string): MessageHandler | null {
    return this.messageHandlers.get(topic) ?? null;
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const { kafka, consumer } = this.batchOptions;
      // kafkajs would restart after 300 ms, for ever; the source restarts with a backoff.
      const retry = { ...consumer.retry, restartOnFailure: async () => false };
      this.consumer = kafka.consumer({ ...consumer, retry });
      this.registerConsumerEventListeners();
      await this.bindEvents(this.consumer);
      callback();
    } catch (error) {
      callback(error);
    }
  }

  override async bindEvents(consumer: Consumer): Promise<void> {
    const topics = [...this.messageHandlers.keys()];
    for (const topic of topics) {
      if (this.getHandlerByPattern(topic)?.extras?.['batch'] !== true) {
        throw new Error(
          `The handler of ${topic} takes single messages; write @EventPattern(pattern, { batch: true })`,
        );
      }
    }
    await this.batchOptions.source.attach(consumer, async () => {
      await consumer.subscribe({ topics, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#handleBatch(payload),
      });
    });
  }

  override async close(): Promise<void> {
    this.batchOptions.source.detach();
    await super.close();
  }

  async #handleBatch(payload: EachBatchPayload): Promise<void> {
    const fetched = new KafkaFetchedBatch(payload);
    const { topic } = fetched;
    // The base class passes the context on and reads nothing of it.
    const context = new KafkaBatchContext([fetched]) as unknown as KafkaContext;
    try {
      await this.handleEvent(topic, { pattern: topic, data: fetched }, context);
    } catch (error) {
      throw fetched.heartbeatError ?? error;
    }
    if (fetched.heartbeatError !== null) throw fetched.heartbeatError as Error;
  }
}
