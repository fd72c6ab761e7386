import { setTimeout as delay } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { validOrder } from '../support/bad-input.js';
import type { Scenario } from '../support/scenario.js';

const PAUSE_MS = 200;

/** An endless stream of orders; of 500, one has an invalid field and one an unknown field. */
export class Traffic {
  #isOn = true;
  #sent = 0;

  private constructor(
    private readonly producer: Producer,
    private readonly topic: string,
    private readonly perSecond: number,
  ) {}

  static async start({ kafka, topic }: Scenario, perSecond: number): Promise<Traffic> {
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      // A request whose response is late is sent again, but must not be stored twice.
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const traffic = new Traffic(producer, topic, perSecond);
    traffic.#done = traffic.#run();
    return traffic;
  }

  #done: Promise<void> = Promise.resolve();

  get sent(): number {
    return this.#sent;
  }

  /** Resolves when everything sent is acknowledged. May be called again. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#done;
    await this.producer.disconnect();
  }

  async #run(): Promise<void> {
    while (this.#isOn) {
      const count = Math.round((this.perSecond * PAUSE_MS) / 1000);
      const messages = Array.from({ length: count }, () => this.#next());
      await this.producer.send({ topic: this.topic, acks: -1, messages });
      await delay(PAUSE_MS);
    }
  }

  #next(): { key: string; value: string } {
    this.#sent += 1;
    const { key, value } = validOrder();
    if (this.#sent % 500 === 1) return { key, value: value.replace('"customer_id":63', '"customer_id":"x"') };
    if (this.#sent % 500 === 2) return { key, value: value.replace('{', '{"a_new_field":1,') };
    return { key, value };
  }
}
