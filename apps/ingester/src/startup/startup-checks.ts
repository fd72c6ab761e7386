import { Injectable, Logger } from '@nestjs/common';
import { checkTopics, Kafka } from '#kafka';
import { Backoff, EventRepository, FaultError, faultText, pause, type Fault } from '#pipeline';
import { DeadLetterSettings, KafkaSettings } from '#settings';

/** Every fault that prevents the start, one line each. */
export class StartupError extends Error {
  override name = 'StartupError';
  constructor(readonly faults: Fault[]) {
    super(faults.map(faultText).join('\n'));
  }
}

/**
 * Checks the broker, the topics and the warehouse before anything is read. It waits for transient faults; faults that
 * somebody must fix end the start, all reported at once.
 */
@Injectable()
export class StartupChecks {
  readonly #logger = new Logger(StartupChecks.name);
  #waitingFor: Fault[] = [];
  #isPassed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly repository: EventRepository,
    private readonly kafkaSettings: KafkaSettings,
    private readonly deadLetters: DeadLetterSettings,
  ) {}

  get isPassed(): boolean {
    return this.#isPassed;
  }

  /** The faults that the start is waiting for. */
  get waitingFor(): Fault[] {
    return this.#waitingFor;
  }

  /** @throws StartupError if waiting does not help */
  async pass(stop: AbortSignal): Promise<void> {
    const wait = new Backoff();
    let open = [() => this.#checkWarehouse(), () => this.#checkKafka()];
    while (!stop.aborted) {
      const answers = await Promise.all(open.map(async (check) => ({ check, faults: await check() })));
      open = answers.filter(({ faults }) => faults.length > 0).map(({ check }) => check);
      this.#waitingFor = answers.flatMap(({ faults }) => faults);
      if (this.#waitingFor.length === 0) {
        this.#isPassed = true;
        return;
      }
      if (this.#waitingFor.some((fault) => fault.class === 'setup')) throw new StartupError(this.#waitingFor);
      const waitMs = wait.next('transient');
      for (const fault of this.#waitingFor) {
        this.#logger.warn(
          `⚠️ Waiting to start: ${faultText(fault)}; retrying in ${(waitMs / 1000).toFixed(1)} s`,
        );
      }
      await pause(waitMs, stop);
    }
  }

  /** Whether the broker responds and the topics exist. */
  static ofKafka(
    kafka: Kafka,
    { topicName }: KafkaSettings,
    deadLetters: DeadLetterSettings,
  ): Promise<Fault[]> {
    return checkTopics(kafka, topicName, deadLetters.topic);
  }

  /** Opens the warehouse, and checks that the consumer group is not new by mistake. */
  static async ofWarehouse(repository: EventRepository, kafka: KafkaSettings): Promise<Fault[]> {
    const faults = await repository.open();
    if (faults.length > 0 || kafka.acceptNewGroup) return faults;
    try {
      const groups = await repository.otherGroups(kafka.topicName);
      return groups.length === 0 ? [] : [newGroup(kafka, groups)];
    } catch (error) {
      if (error instanceof FaultError) return [error.fault];
      throw error;
    }
  }

  #checkKafka(): Promise<Fault[]> {
    return StartupChecks.ofKafka(this.kafka, this.kafkaSettings, this.deadLetters);
  }

  async #checkWarehouse(): Promise<Fault[]> {
    const faults = await StartupChecks.ofWarehouse(this.repository, this.kafkaSettings);
    for (const warning of this.repository.warnings ?? []) this.#logger.warn(`⚠️ ${warning}`);
    return faults;
  }
}

function newGroup({ groupId, topicName }: KafkaSettings, groups: string[]): Fault {
  return {
    class: 'setup',
    code: 'NEW_GROUP',
    message:
      `The consumer group ${groupId} is new to topic ${topicName}, whose events are stored by ` +
      `${groups.join(', ')}: while both run, every event would be stored twice`,
    remedy: 'Set KAFKA_GROUP_ID back, or confirm with KAFKA_ACCEPT_NEW_GROUP=true',
  };
}
