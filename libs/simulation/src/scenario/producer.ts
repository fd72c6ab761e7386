import { Random } from '../time/random.js';
import { theWorld } from '../time/world.js';
import type { PartitionLog } from '../kafka/partition-log.js';
import type { NewRecord } from '../kafka/record-batch.js';
import { messageOf, type MessageKind } from './messages.js';
import type { Scene } from './scene.js';

const WITHOUT_TOPIC_MS = 50;
const MOST_AT_ONCE = 12;
const POISON_SHARE = 0.02;
const TOMBSTONE_SHARE = 0.03;
const TRANSACTION_SHARE = 0.3;
const TRANSACTION_MS = 1_500;
const COMMITTED_SHARE = 0.6;

/** Sends messages of every kind, until it is stopped. */
export class Producer {
  sent = 0;
  #isStopped = false;
  readonly #random: Random;
  /** The ids of redriven dead letters. */
  readonly #redrives: string[] = [];

  constructor(private readonly scene: Scene) {
    this.#random = new Random(scene.plan.seed * 31 + 7);
  }

  start(): void {
    theWorld().after(
      100,
      () => {
        this.#send();
      },
      null,
    );
  }

  /** Also ends its transactions. */
  stop(): void {
    this.#isStopped = true;
    for (const log of this.scene.logs) for (const id of log.openTransactions) log.endTransaction(id, true);
  }

  #send(): void {
    if (this.#isStopped) return;
    const random = this.#random;
    const { settings } = this.scene.plan;
    if (!this.scene.isTopicThere) {
      theWorld().after(
        WITHOUT_TOPIC_MS,
        () => {
          this.#send();
        },
        null,
      );
      return;
    }
    const log = random.pick(this.scene.logs);
    const records = Array.from({ length: random.integer(1, MOST_AT_ONCE) }, () => this.#message());
    const isTransaction = settings.transactionalProducers > 0 && random.chance(TRANSACTION_SHARE);
    if (isTransaction)
      this.#sendInTransaction(log, records, String(random.integer(1, settings.transactionalProducers)));
    else log.append(records);
    theWorld().after(
      random.exponential(settings.produceEveryMs),
      () => {
        this.#send();
      },
      null,
    );
  }

  #sendInTransaction(log: PartitionLog, records: NewRecord[], producerId: string): void {
    const random = this.#random;
    const isNew = !log.isOpen(producerId);
    log.append(records, producerId);
    if (!isNew) return;
    const isCommitted = random.chance(COMMITTED_SHARE);
    theWorld().after(
      random.exponential(TRANSACTION_MS),
      () => {
        log.endTransaction(producerId, isCommitted);
      },
      null,
    );
  }

  #message(): NewRecord {
    const random = this.#random;
    this.sent += 1;
    const { badShare, redriveShare } = this.scene.plan.settings;
    const drawn = random.next();
    const kind: MessageKind =
      drawn < badShare
        ? 'bad'
        : drawn < badShare + POISON_SHARE
          ? 'poison'
          : drawn < badShare + POISON_SHARE + TOMBSTONE_SHARE
            ? 'tombstone'
            : 'good';
    const message = messageOf(kind, this.scene.topics.length - 1, this.sent);
    return kind === 'good' && random.chance(redriveShare) ? this.#redriven(message) : message;
  }

  /** A redriven dead letter, as the operator sends it, perhaps more than once. */
  #redriven(message: NewRecord): NewRecord {
    const random = this.#random;
    const isAgain = this.#redrives.length > 0 && random.chance(0.4);
    const id = isAgain
      ? random.pick(this.#redrives)
      : `00000000-0000-4000-9000-${String(this.sent).padStart(12, '0')}`;
    if (!isAgain) this.#redrives.push(id);
    return { ...message, headers: { 'dlq.redrive.id': Buffer.from(id) } };
  }
}
