import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { otherClientIds, Kafka } from '#kafka';
import { FaultError, faultText, EventRepository } from '#pipeline';
import { KafkaSettings } from '#settings';

/**
 * Deletes the rows that the predecessor of this service left in its staging table, once every member of the consumer
 * group belongs to this service: a predecessor that still runs would commit offsets of rows that are gone.
 */
@Injectable()
export class Predecessor implements OnModuleDestroy {
  readonly #logger = new Logger(Predecessor.name);
  #timer: NodeJS.Timeout | null = null;
  #isWarned = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly repository: EventRepository,
    private readonly settings: KafkaSettings,
  ) {}

  /** Call once this service has joined the group. Does nothing if there is nothing to delete. */
  start(): void {
    if (this.repository.deletePredecessorRows !== undefined) this.#lookAgain();
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #lookAgain(): void {
    this.#timer = setTimeout(() => void this.#look(), this.settings.lagIntervalMs);
  }

  async #look(): Promise<void> {
    let isDone: boolean;
    try {
      isDone = await this.#isGone();
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      // A missing grant is not retried: the rows do no harm.
      isDone = error.fault.class === 'setup';
      if (isDone)
        this.#logger.warn(`⚠️ The staged rows of this service's predecessor stay: ${faultText(error.fault)}`);
      else this.#logger.debug(faultText(error.fault));
    }
    if (!isDone && this.#timer !== null) this.#lookAgain();
  }

  /** @throws FaultError */
  async #isGone(): Promise<boolean> {
    const { groupId, clientId } = this.settings;
    const others = await otherClientIds(this.kafka, groupId, clientId);
    if (others.length > 0) {
      if (!this.#isWarned) {
        this.#logger.warn(
          `⚠️ The consumer group ${groupId} has members that are not this service: ${others.join(', ')}`,
        );
      }
      this.#isWarned = true;
      return false;
    }
    const deleted = (await this.repository.deletePredecessorRows?.()) ?? 0;
    if (deleted > 0) {
      this.#logger.log(
        `✅ Deleted ${deleted} staged rows of this service's predecessor, which no longer runs`,
      );
    }
    return true;
  }
}
