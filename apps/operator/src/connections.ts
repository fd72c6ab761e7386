import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { KafkaDeadLetterPublisher, KafkaRedrivePublisher } from '#dead-letter';
import { COMMAND_RETRY_POLICY, kafkaClient } from '#kafka';
import type { EventRepository, Fault } from '#pipeline';
import {
  loadKafkaSettings,
  loadRecordsSettings,
  loadSettings,
  type Environment,
  type KafkaPart,
  type RecordsPart,
  type Settings,
} from '#settings';
import {
  warehouseEngine,
  type CheckpointStore,
  type DeadLetterStore,
  type LedgerReader,
  type RowRestorer,
  type SqlReader,
  type WarehouseEngine,
} from '#warehouse';
import { OperatorContext } from './context.js';
import { TableDeadLetters, type DeadLetterSource } from './dead-letters/dead-letter-source.js';
import type { Place } from './dead-letters/filter-options.js';
import { TopicDeadLetters } from './dead-letters/topic/topic-dead-letters.js';
import { OperationError } from './failures.js';
import { withLocalRun } from './local-environment.js';

interface WarehousePart {
  open(): Promise<Fault[]>;
  close(): Promise<void>;
}

/** Connections that open on first use, so that help needs no configuration. */
@Injectable()
export class Connections implements OnApplicationShutdown {
  #settings: Settings | null = null;
  #kafkaPart: KafkaPart | null = null;
  #recordsPart: RecordsPart | null = null;
  #warehouse: WarehouseEngine | null = null;
  /** The parts of the warehouse to close at the end. */
  readonly #opened = new Set<WarehousePart>();
  #topic: TopicDeadLetters | null = null;
  #publisher: KafkaRedrivePublisher | null = null;
  #deadLetterPublisher: KafkaDeadLetterPublisher | null = null;

  #environment: Environment | null = null;

  constructor(private readonly context: OperatorContext) {}

  get #env(): Environment {
    const { env, stderr, findLocalRun } = this.context;
    this.#environment ??= withLocalRun(
      env,
      () => findLocalRun?.() ?? null,
      (text) => stderr.write(`${text}\n`),
    );
    return this.#environment;
  }

  /** @throws SettingsError */
  get settings(): Settings {
    this.#settings ??= loadSettings(this.#env).settings;
    return this.#settings;
  }

  /**
   * Enough for commands that use only Kafka.
   *
   * @throws SettingsError
   */
  get kafkaPart(): KafkaPart {
    this.#kafkaPart ??= loadKafkaSettings(this.#env);
    return this.#kafkaPart;
  }

  /**
   * Enough for commands that read and validate records, and need no warehouse.
   *
   * @throws SettingsError
   */
  get recordsPart(): RecordsPart {
    this.#recordsPart ??= loadRecordsSettings(this.#env);
    return this.#recordsPart;
  }

  /** @throws SettingsError, OperationError */
  async deadLetters(): Promise<DeadLetterStore> {
    return this.#open(this.#engine.deadLetters);
  }

  /** @throws SettingsError, FaultError */
  async deadLetterTopic(): Promise<TopicDeadLetters> {
    this.#topic ??= await TopicDeadLetters.open(this.kafka(), this.kafkaPart, this.context.stderr);
    return this.#topic;
  }

  /** @throws SettingsError, OperationError, FaultError */
  async deadLetterSource(from: Place = 'table'): Promise<DeadLetterSource> {
    return from === 'topic' ? this.deadLetterTopic() : new TableDeadLetters(await this.deadLetters());
  }

  /** @throws SettingsError, OperationError */
  async ledger(): Promise<LedgerReader> {
    return this.#open(this.#engine.ledger);
  }

  /** @throws SettingsError, OperationError */
  async restorer(): Promise<RowRestorer> {
    return this.#open(this.#engine.restorer);
  }

  /** @throws SettingsError, OperationError */
  async checkpoints(): Promise<CheckpointStore> {
    return this.#open(this.#engine.checkpoints);
  }

  /** @throws SettingsError, OperationError */
  async sql(): Promise<SqlReader> {
    return this.#open(this.#engine.sql);
  }

  /**
   * Writes batches the way the service does.
   *
   * @throws SettingsError, OperationError
   */
  async repository(): Promise<EventRepository> {
    return this.#open(this.#engine.repository);
  }

  /**
   * Creates the file and the tables of a DuckDB warehouse that does not exist yet.
   *
   * @throws SettingsError, OperationError
   */
  async createFile(): Promise<void> {
    if (this.settings.duckDb === null) return;
    const { repository } = warehouseEngine(this.settings);
    const faults = await repository.open();
    await repository.close();
    if (faults.length > 0) throw OperationError.of(faults);
  }

  /** Retries only briefly. Does not log: the command reports the errors itself. */
  kafka(): Kafka {
    return kafkaClient(this.kafkaPart.kafka, () => () => undefined, COMMAND_RETRY_POLICY);
  }

  /** Connects on the first send. */
  redrivePublisher(): KafkaRedrivePublisher {
    this.#publisher ??= new KafkaRedrivePublisher(this.kafka());
    return this.#publisher;
  }

  /** Connects on the first send. */
  deadLetterPublisher(): KafkaDeadLetterPublisher {
    const { kafka, deadLetter } = this.settings;
    this.#deadLetterPublisher ??= new KafkaDeadLetterPublisher(this.kafka(), deadLetter.topic, kafka.groupId);
    return this.#deadLetterPublisher;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#deadLetterPublisher?.close();
    await this.#publisher?.close();
    for (const part of this.#opened) await part.close();
  }

  /** @throws SettingsError */
  get #engine(): WarehouseEngine {
    this.#warehouse ??= warehouseEngine(this.settings);
    return this.#warehouse;
  }

  /** @throws OperationError */
  async #open<Part extends WarehousePart>(part: Part): Promise<Part> {
    if (this.#opened.has(part)) return part;
    this.#opened.add(part);
    const faults = await part.open();
    if (faults.length > 0) throw OperationError.of(faults);
    return part;
  }
}
