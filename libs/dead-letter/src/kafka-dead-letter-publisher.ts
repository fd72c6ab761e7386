import type { OnApplicationShutdown } from '@nestjs/common';
import { kafkaFault, NothingSent, sendToPartition } from '#kafka';
import type { DeadLetter, DeadLetterPublisher, Fault } from '#pipeline';
import type { ICustomPartitioner, Kafka, Producer } from 'kafkajs';
import { deadLetterMessage, SOURCE_PARTITION_HEADER, type DeadLetterMessage } from './dead-letter-message.js';
import { isHangUp, isTooLarge, MOST_REQUEST_BYTES, requests, USUAL_MAX_BYTES } from './requests.js';

/** Publishes dead letters to their topic, acknowledged by all in-sync replicas. */
export class KafkaDeadLetterPublisher implements DeadLetterPublisher, OnApplicationShutdown {
  readonly #producer: Producer;
  #connected: Promise<void> | null = null;

  constructor(
    kafka: Kafka,
    private readonly topic: string,
    private readonly group: string,
  ) {
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: bySourcePartition,
    });
  }

  async publish(letters: readonly DeadLetter[]): Promise<Fault | null> {
    try {
      await this.#connect();
      // One partition per request, see docs/kafkajs-findings.md. A failure is reported only when all requests
      // have ended: a pending request would overtake the retry.
      const partitions = [...Map.groupBy(letters, ({ message }) => message.partition).values()];
      const sent = await Promise.allSettled(partitions.map((own) => this.#sendInOrder(own)));
      for (const each of sent) if (each.status === 'rejected') throw each.reason;
      return null;
    } catch (error) {
      if (error instanceof NothingSent) await this.#disconnect();
      return kafkaFault(error, `writing to the dead-letter topic ${this.topic}`);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    await this.#disconnect();
  }

  async #connect(): Promise<void> {
    this.#connected ??= this.#producer.connect();
    await this.#connected.catch((error: unknown) => {
      this.#connected = null;
      throw error;
    });
  }

  async #disconnect(): Promise<void> {
    if (this.#connected !== null) await this.#producer.disconnect();
    this.#connected = null;
  }

  async #sendInOrder(letters: readonly DeadLetter[]): Promise<void> {
    const messages = letters.map((letter) => fitting(deadLetterMessage(letter, this.group)));
    for (const request of requests(messages)) {
      await this.#send(request);
    }
  }

  /**
   * Sends all letters in one request. If that is too large, sends them one by one; omits parts of one that is too
   * large.
   */
  async #send(letters: DeadLetterMessage[]): Promise<void> {
    try {
      await sendToPartition(this.#producer, {
        topic: this.topic,
        acks: -1,
        messages: letters.map(({ message }) => message),
      });
    } catch (error) {
      const [only, second] = letters;
      if (only === undefined || !(isTooLarge(error) || isRefusedForSize(error, only))) throw error;
      if (second !== undefined) {
        for (const letter of letters) await this.#send([letter]);
        return;
      }
      const shorter = only.shorter();
      if (shorter === null) throw error;
      await this.#send([shorter]);
    }
  }
}

/** Omits parts until the letter fits into a request: for larger ones the broker closes the connection. */
function fitting(letter: DeadLetterMessage): DeadLetterMessage {
  if (letter.bytes <= MOST_REQUEST_BYTES) return letter;
  const shorter = letter.shorter();
  return shorter === null ? letter : fitting(shorter);
}

/**
 * A broker with a socket.request.max.bytes below the default closes the connection instead of reporting that a letter
 * is too large. If the broker is merely unavailable, the shorter letter fails as well, and nothing is settled.
 */
function isRefusedForSize(error: unknown, { bytes }: DeadLetterMessage): boolean {
  return bytes > USUAL_MAX_BYTES && isHangUp(error);
}

/** Keeps the letters of one source partition together and in order. Also cheaper than hashing the key. */
export const bySourcePartition: ICustomPartitioner =
  () =>
  ({ partitionMetadata, message }) =>
    Number(message.headers?.[SOURCE_PARTITION_HEADER]) % partitionMetadata.length;
