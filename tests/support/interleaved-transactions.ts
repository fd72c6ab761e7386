import type { Kafka, Message, Producer, Transaction } from 'kafkajs';
import { Random } from '#traffic';
import { validOrder } from './bad-input.js';

/** Producers that leave it to the coordinator to end their transactions. */
const LEFT_OPEN_SHARE = 0.1;
const SHORT_TIMEOUT_MS = 1_000;
const LONG_TIMEOUT_MS = 60_000;

/** The key of an abort marker. */
const MARKER_LIKE_KEY = Buffer.from([0, 0, 0, 0]);

interface Member {
  name: string;
  producer: Producer;
  transaction: Transaction | null;
  offsets: number[];
}

/** Producers that interleave their transactions in partition 0 of a topic, in an order that a seed determines. */
export class InterleavedTransactions {
  /** Offsets of records that were committed, or sent without a transaction. */
  readonly committed = new Set<number>();
  /** Keys of committed records, each with its last offset. */
  readonly lastByKey = new Map<string, number>();
  readonly #keys = new Map<number, string>();
  readonly #random: Random;
  readonly #members: Member[] = [];
  readonly #plain: Producer;

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    seed: number,
  ) {
    this.#random = new Random(seed);
    this.#plain = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  }

  async start(producers: number): Promise<void> {
    await this.#plain.connect();
    for (let index = 0; index < producers; index += 1) {
      const timeoutMs = index < producers * LEFT_OPEN_SHARE ? SHORT_TIMEOUT_MS : LONG_TIMEOUT_MS;
      const name = `${this.topic}-${index}`;
      const producer = await this.#connect(name, timeoutMs);
      this.#members.push({ name, producer, transaction: null, offsets: [] });
    }
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) await this.#step();
  }

  /** Ends open transactions, except those that the coordinator is to end. */
  async finish(): Promise<void> {
    for (const [index, member] of this.#members.entries()) {
      if (!this.#isLeftOpen(index) && member.transaction !== null) await this.#end(member);
    }
  }

  /** Sends without a transaction. */
  async sendPlain(): Promise<void> {
    for (const offset of await this.#send(this.#plain)) this.#commit(offset);
  }

  async stop(): Promise<void> {
    for (const { producer } of this.#members) await producer.disconnect();
    await this.#plain.disconnect();
  }

  async #step(): Promise<void> {
    const random = this.#random;
    if (random.chance(0.1)) {
      await this.sendPlain();
      return;
    }
    const index = random.integer(0, this.#members.length - 1);
    const member = this.#members[index];
    if (member === undefined) return;
    const isLeftOpen = this.#isLeftOpen(index);
    if (!isLeftOpen && member.transaction !== null && random.chance(0.5)) {
      await this.#end(member);
      return;
    }
    member.transaction ??= await member.producer.transaction();
    try {
      member.offsets.push(...(await this.#send(member.transaction)));
    } catch (error) {
      // The coordinator has aborted it, and accepts nothing more from this producer.
      if (!isLeftOpen) throw error;
      await this.#replace(member, SHORT_TIMEOUT_MS);
    }
  }

  #isLeftOpen(index: number): boolean {
    return index < this.#members.length * LEFT_OPEN_SHARE;
  }

  async #end(member: Member): Promise<void> {
    const { transaction, offsets } = member;
    member.transaction = null;
    member.offsets = [];
    switch (this.#random.pick(['commit', 'abort', 'fence'] as const)) {
      case 'commit':
        await transaction?.commit();
        for (const offset of offsets) this.#commit(offset);
        break;
      case 'abort':
        await transaction?.abort();
        break;
      case 'fence':
        await this.#replace(member, LONG_TIMEOUT_MS);
    }
  }

  /** Another producer with the same id makes the coordinator abort what this one left open. */
  async #replace(member: Member, timeoutMs: number): Promise<void> {
    const former = member.producer;
    member.producer = await this.#connect(member.name, timeoutMs);
    member.transaction = await member.producer.transaction();
    member.offsets = [];
    await former.disconnect();
  }

  #commit(offset: number): void {
    this.committed.add(offset);
    const key = this.#keys.get(offset) ?? '';
    this.lastByKey.set(key, Math.max(offset, this.lastByKey.get(key) ?? 0));
  }

  async #send(sender: Pick<Producer, 'send'>): Promise<number[]> {
    const random = this.#random;
    const messages: Message[] = Array.from({ length: random.integer(1, 4) }, () => ({
      ...validOrder(),
      partition: 0,
      key: random.chance(0.1) ? MARKER_LIKE_KEY : `key ${random.integer(0, 300)}`,
    }));
    const [sent] = await sender.send({ topic: this.topic, acks: -1, messages });
    const first = Number(sent?.baseOffset);
    return messages.map(({ key }, index) => {
      this.#keys.set(first + index, String(key));
      return first + index;
    });
  }

  async #connect(transactionalId: string, transactionTimeout: number): Promise<Producer> {
    const producer = this.kafka.producer({
      transactionalId,
      transactionTimeout,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    return producer;
  }
}
