import {
  commandFault,
  COMMAND_RETRY_POLICY,
  NothingSent,
  sendToPartition,
  withinCommandTimeout,
} from '#kafka';
import { partitionName, type Coordinates, type Fault } from '#pipeline';
import type { Kafka, Producer } from 'kafkajs';
import { redriveMessage, type Redrive, type RedriveMessage } from './redrive-message.js';
import { isTooLarge, requests } from './requests.js';

export type RedriveResult =
  /** All are acknowledged by all in-sync replicas, except those that are too large for the topic. */
  | { kind: 'sent'; tooLarge: Coordinates[] }
  /** It is unknown which were sent. Sending all of them again is safe, because each is stored once. */
  | { kind: 'fault'; fault: Fault };

const SENDING = 'sending to the source topic';

/** Sends dead letters back to their source topics. */
export class KafkaRedrivePublisher {
  readonly #producer: Producer;
  #isConnected = false;

  constructor(private readonly kafka: Kafka) {
    this.#producer = kafka.producer({ allowAutoTopicCreation: false, retry: COMMAND_RETRY_POLICY.retry });
  }

  /** Does not throw. */
  async publish(redrives: readonly Redrive[]): Promise<RedriveResult> {
    const tooLarge: Coordinates[] = [];
    try {
      if (!this.#isConnected) await withinCommandTimeout(this.kafka, SENDING, this.#producer.connect());
      this.#isConnected = true;
      // One partition per request, see docs/kafkajs-findings.md.
      for (const own of Map.groupBy(redrives, partitionName).values()) {
        for (const request of requests(own.map(redriveMessage)))
          tooLarge.push(...(await this.#send(request)));
      }
      return { kind: 'sent', tooLarge };
    } catch (error) {
      if (error instanceof NothingSent) await this.close();
      return { kind: 'fault', fault: commandFault(this.kafka, error, SENDING) };
    }
  }

  async close(): Promise<void> {
    if (this.#isConnected) await this.#producer.disconnect();
    this.#isConnected = false;
  }

  /**
   * Sends all messages in one request, or one by one if that is too large. Returns those that are too large by
   * themselves.
   */
  async #send(messages: RedriveMessage[]): Promise<Coordinates[]> {
    try {
      const topic = messages[0]?.redrive.topic ?? '';
      const sent = messages.map(({ message }) => message);
      await sendToPartition(this.#producer, { topic, acks: -1, messages: sent });
      return [];
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const [only, second] = messages;
      if (second === undefined) return only === undefined ? [] : [only.redrive];
      const tooLarge: Coordinates[] = [];
      for (const message of messages) tooLarge.push(...(await this.#send([message])));
      return tooLarge;
    }
  }
}
