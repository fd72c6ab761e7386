import { isKafkaErrorType, kafkaFault } from '#kafka';
import type { DeadLetter, DeadLetterPublisher, Fault } from '#pipeline';
import { Partitioners, type Kafka, type Producer } from 'kafkajs';
import { deadLetterMessage, withoutValue, type DeadLetterMessage } from './dead-letter-message.js';

/** kafkajs sends all messages for a partition as one record batch, and brokers take 1 MiB of it by default. */
const MAX_REQUEST_BYTES = 512 * 1024;

/** What a broker answers, or kafkajs before it, where a record is larger than the topic takes. */
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/** The dead-letter topic, acknowledged by all in-sync replicas. */
export class KafkaDeadLetterPublisher implements DeadLetterPublisher {
  readonly #producer: Producer;
  #connected: Promise<void> | null = null;

  constructor(
    kafka: Kafka,
    private readonly topic: string,
    private readonly group: string,
  ) {
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
  }

  async publish(letters: readonly DeadLetter[]): Promise<Fault | null> {
    try {
      await this.#connect();
      for (const request of requests(letters.map((letter) => deadLetterMessage(letter, this.group)))) {
        await this.#send(request);
      }
      return null;
    } catch (error) {
      return kafkaFault(error, `writing to the dead-letter topic ${this.topic}`);
    }
  }

  async close(): Promise<void> {
    if (this.#connected !== null) await this.#producer.disconnect();
  }

  async #connect(): Promise<void> {
    this.#connected ??= this.#producer.connect();
    await this.#connected.catch((error: unknown) => {
      this.#connected = null;
      throw error;
    });
  }

  /** Sends together; where that is too large, one by one; where one is too large, without its value. */
  async #send(letters: DeadLetterMessage[]): Promise<void> {
    try {
      await this.#producer.send({
        topic: this.topic,
        acks: -1,
        messages: letters.map(({ message }) => message),
      });
    } catch (error) {
      if (!TOO_LARGE.some((type) => isKafkaErrorType(error, type))) throw error;
      const [only, second] = letters;
      if (only === undefined) return;
      if (second !== undefined) {
        for (const letter of letters) await this.#send([letter]);
        return;
      }
      if (only.message.value === null) throw error;
      await this.#send([withoutValue(only)]);
    }
  }
}

/** The letters in their order, cut into requests that a broker takes. */
function requests(letters: DeadLetterMessage[]): DeadLetterMessage[][] {
  const cut: DeadLetterMessage[][] = [];
  let bytes = Infinity;
  for (const letter of letters) {
    if (bytes + letter.bytes > MAX_REQUEST_BYTES) {
      cut.push([]);
      bytes = 0;
    }
    cut.at(-1)?.push(letter);
    bytes += letter.bytes;
  }
  return cut;
}
