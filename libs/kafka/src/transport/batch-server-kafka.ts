import { BaseRpcContext, ServerKafka, type KafkaContext, type MessageHandler } from '@nestjs/microservices';
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { KafkaFetchedBatch } from './fetched-batch.js';
import type { KafkaEventSource } from './kafka-event-source.js';

export interface BatchServerOptions {
  kafka: Kafka;
  consumer: ConsumerConfig;
  source: KafkaEventSource;
  /** Maps handler patterns to topics, because decorators run before the configuration is loaded. */
  topics: Record<string, string>;
}

/** The context that a batch handler gets with `@Ctx()`. */
export class KafkaBatchContext extends BaseRpcContext<[KafkaFetchedBatch]> {
  getBatch(): KafkaFetchedBatch {
    return this.args[0];
  }
}

/**
 * A Nest transport that passes whole fetched batches to `@EventPattern(pattern, { batch: true })`: the payload is a
 * {@link KafkaFetchedBatch}. Nest's overhead of about 20 us is paid per fetch instead of per message, and the handler
 * decides when a fetch counts as read.
 *
 * Differences from ServerKafka: a rebalance error thrown by heartbeat() reaches kafkajs unwrapped; only what the
 * handler resolved is resolved or committed; a crashed consumer is always restarted.
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

  /** Overridden because the base class first tries to parse the topic name as JSON, for each fetch. */
  override getHandlerByPattern(topic: string): MessageHandler | null {
    return this.messageHandlers.get(topic) ?? null;
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const { kafka, consumer } = this.batchOptions;
      // kafkajs would restart every 300 ms forever; the source restarts with a backoff.
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
          `The handler of ${topic} expects single messages; declare it with @EventPattern(pattern, { batch: true })`,
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
    // The base class only passes the context on.
    const context = new KafkaBatchContext([fetched]) as unknown as KafkaContext;
    try {
      await this.handleEvent(topic, { pattern: topic, data: fetched }, context);
    } catch (error) {
      throw fetched.heartbeatError ?? error;
    }
    if (fetched.heartbeatError !== null) throw fetched.heartbeatError as Error;
  }
}
