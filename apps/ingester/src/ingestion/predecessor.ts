import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { otherClientIds, Kafka } from '#kafka';
import { FaultError, faultText, EventRepository } from '#pipeline';
import { KafkaSettings } from '#settings';

/**
 * Deletes what the service before this one left in its staging table, once no member of the consumer group is anybody
 * else's: as long as that service works, it would commit offsets of rows that it no longer finds.
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

  /** To be called once this service has joined the group; only where there is anything to look after. */
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
      // What somebody must grant is not asked for again; the rows harm nobody.
      isDone = error.fault.class === 'setup';
      if (isDone)
        this.#logger.warn(`⚠️ The rows of the service before this one stay: ${faultText(error.fault)}`);
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
      this.#logger.log(`✅ Deleted ${deleted} staged rows of the service before this one, which is gone`);
    }
    return true;
  }
}
