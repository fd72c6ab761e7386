import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { KafkaDeadLetterPublisher, KafkaRedrivePublisher } from '#dead-letter';
import { COMMAND_RETRY_POLICY, kafkaClient } from '#kafka';
import type { EventRepository } from '#pipeline';
import { loadKafkaSettings, loadSettings, type KafkaPart, type Settings } from '#settings';
import {
  checkpointStore,
  deadLetterStore,
  eventRepository,
  ledgerReader,
  type CheckpointStore,
  type DeadLetterStore,
  type LedgerReader,
} from '#warehouse';
import { TableDeadLetters, type DeadLetterSource } from './dead-letters/dead-letter-source.js';
import type { Place } from './dead-letters/filter-options.js';
import { TopicDeadLetters } from './dead-letters/topic/topic-dead-letters.js';
import { OperationError } from './failures.js';

/** What commands work with, opened when a command first asks for it: help needs no configuration. */
@Injectable()
export class Connections implements OnApplicationShutdown {
  #settings: Settings | null = null;
  #kafkaPart: KafkaPart | null = null;
  #deadLetters: DeadLetterStore | null = null;
  #ledger: LedgerReader | null = null;
  #checkpoints: CheckpointStore | null = null;
  #topic: TopicDeadLetters | null = null;
  #repository: EventRepository | null = null;
  #publisher: KafkaRedrivePublisher | null = null;
  #deadLetterPublisher: KafkaDeadLetterPublisher | null = null;

  /** @throws SettingsError */
  get settings(): Settings {
    this.#settings ??= loadSettings(process.env).settings;
    return this.#settings;
  }

  /**
   * What works on Kafka alone needs no more.
   *
   * @throws SettingsError
   */
  get kafkaPart(): KafkaPart {
    this.#kafkaPart ??= loadKafkaSettings(process.env);
    return this.#kafkaPart;
  }

  /** @throws SettingsError, OperationError */
  async deadLetters(): Promise<DeadLetterStore> {
    if (this.#deadLetters !== null) return this.#deadLetters;
    this.#deadLetters = deadLetterStore(this.settings);
    const faults = await this.#deadLetters.open();
    if (faults.length > 0) throw OperationError.of(faults);
    return this.#deadLetters;
  }

  /** @throws SettingsError, FaultError */
  async deadLetterTopic(): Promise<TopicDeadLetters> {
    this.#topic ??= await TopicDeadLetters.open(this.kafka(), this.kafkaPart);
    return this.#topic;
  }

  /** @throws SettingsError, OperationError, FaultError */
  async deadLetterSource(from: Place = 'table'): Promise<DeadLetterSource> {
    return from === 'topic' ? this.deadLetterTopic() : new TableDeadLetters(await this.deadLetters());
  }

  /** @throws SettingsError, OperationError */
  async ledger(): Promise<LedgerReader> {
    if (this.#ledger !== null) return this.#ledger;
    this.#ledger = ledgerReader(this.settings);
    const faults = await this.#ledger.open();
    if (faults.length > 0) throw OperationError.of(faults);
    return this.#ledger;
  }

  /** @throws SettingsError, OperationError */
  async checkpoints(): Promise<CheckpointStore> {
    this.#checkpoints = checkpointStore(this.settings);
    const faults = await this.#checkpoints.open();
    if (faults.length > 0) throw OperationError.of(faults);
    return this.#checkpoints;
  }

  /**
   * Writes as the service does.
   *
   * @throws SettingsError, OperationError
   */
  async repository(): Promise<EventRepository> {
    this.#repository = eventRepository(this.settings);
    const faults = await this.#repository.open();
    if (faults.length > 0) throw OperationError.of(faults);
    return this.#repository;
  }

  /** Gives up early. Errors are answered; kafkajs would log each of them as well. */
  kafka(): Kafka {
    return kafkaClient(this.kafkaPart.kafka, () => () => undefined, COMMAND_RETRY_POLICY);
  }

  /** Connects when it first sends. */
  redrivePublisher(): KafkaRedrivePublisher {
    this.#publisher ??= new KafkaRedrivePublisher(this.kafka());
    return this.#publisher;
  }

  /** Connects when it first sends. */
  deadLetterPublisher(): KafkaDeadLetterPublisher {
    const { kafka, deadLetter } = this.settings;
    this.#deadLetterPublisher ??= new KafkaDeadLetterPublisher(this.kafka(), deadLetter.topic, kafka.groupId);
    return this.#deadLetterPublisher;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#deadLetterPublisher?.close();
    await this.#repository?.close();
    await this.#publisher?.close();
    await this.#deadLetters?.close();
    await this.#ledger?.close();
    await this.#checkpoints?.close();
  }
}
