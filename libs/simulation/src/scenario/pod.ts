import { logLevel, type Kafka } from 'kafkajs';
import { KafkaDeadLetterPublisher } from '#dead-letter';
import { EventValidator } from '#events';
import {
  BatchServerKafka,
  consumerConfig,
  kafkaClient,
  KafkaEventSource,
  type KafkaFetchedBatch,
} from '#kafka';
import {
  IngestionPipeline,
  MessageValidator,
  type EventRepository,
  type MissingCheckpoints,
} from '#pipeline';
import { KafkaSettings } from '#settings';
import { SimulatedProcess } from '../time/simulated-process.js';
import { theWorld } from '../time/world.js';
import { DEAD_LETTER_TOPIC, GROUP, TOPIC } from './names.js';
import { observerOf } from './observer.js';
import type { Cluster } from '../kafka/cluster.js';
import type { SimulatedWarehouse } from '../warehouse/simulated-warehouse.js';
import type { Plan, Settings } from './plan.js';

const DRAIN_TIMEOUT_MS = 25_000;
const LAG_INTERVAL_MS = 5_000;
const REOPEN_MS = 2_000;
const MAX_EVENT_BYTES = 1_000_000;

/** What a pod sees of the world that it runs in. */
export interface Surroundings {
  readonly plan: Plan;
  readonly cluster: Cluster;
  readonly warehouse: SimulatedWarehouse;
  readonly missingCheckpoints: MissingCheckpoints;
  note(what: string): void;
}

/** Who starts pods. */
export interface PodOwner {
  drained: number;
  restart(pod: Pod, why: string): void;
}

/** One process of the service: the product's own transport, pipeline and publisher. */
export class Pod extends SimulatedProcess {
  readonly onDeath = new Set<() => void>();
  isDraining = false;
  /** When the group stopped knowing it; null while it does. */
  ghostSince: number | null = null;
  readonly pipeline: IngestionPipeline;
  readonly source: KafkaEventSource;
  readonly #server: BatchServerKafka;
  readonly #publisher: KafkaDeadLetterPublisher;
  readonly #repository: EventRepository;

  constructor(
    name: string,
    private readonly scene: Surroundings,
    private readonly owner: PodOwner,
  ) {
    super(name);
    const { settings } = scene.plan;
    const observer = observerOf(settings);
    const { kafka, source, server } = theWorld().as(this, () => transport(name, settings, observer));
    this.source = source;
    this.#server = server;
    this.#publisher = new KafkaDeadLetterPublisher(kafka, DEAD_LETTER_TOPIC, GROUP);
    this.#repository = scene.warehouse.repository(this, settings.preparesAhead);
    this.pipeline = new IngestionPipeline(
      source,
      new MessageValidator(new EventValidator({ maxBytes: MAX_EVENT_BYTES })),
      this.#repository,
      this.#publisher,
      observer,
      settings.limits,
      settings.deadLetterLimits,
      scene.missingCheckpoints,
    );
    server.addHandler(TOPIC, (fetched: KafkaFetchedBatch) => this.#onFetched(fetched), true, { batch: true });
    this.onBlocked = () => {
      this.#blocked();
    };
  }

  start(): void {
    theWorld().as(this, () => void this.#run());
  }

  /** kill -9. */
  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.deferred.length = 0;
    const world = theWorld();
    for (const connection of [...this.scene.cluster.connections]) {
      if (connection.process !== this) continue;
      world.after(
        world.random.next() * 5,
        () => {
          connection.close();
        },
        null,
      );
    }
    for (const die of [...this.onDeath]) die();
  }

  /** SIGTERM. */
  drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    const world = theWorld();
    world.after(
      DRAIN_TIMEOUT_MS,
      () => {
        world.tell(`${this.name} is not drained within ${DRAIN_TIMEOUT_MS / 1000} s`);
        this.kill();
      },
      this,
    );
    world.as(this, () => void this.#drain());
  }

  /** SIGSTOP, and SIGCONT later. */
  freezeFor(ms: number): void {
    if (this.isFrozen) return;
    this.isFrozen = true;
    const world = theWorld();
    world.after(
      ms,
      () => {
        if (!this.isDead) world.thaw(this);
      },
      null,
    );
  }

  async #run(): Promise<void> {
    while ((await this.#repository.open()).length > 0) await theWorld().sleep(REOPEN_MS);
    this.pipeline.start();
    await this.#server.listen(() => undefined);
    for (;;) {
      await theWorld().sleep(LAG_INTERVAL_MS);
      if (this.isDraining) return;
      // If Kafka does not respond, the parts that depend on it report that.
      await this.pipeline.observeLogs().catch(() => undefined);
    }
  }

  async #drain(): Promise<void> {
    await this.pipeline.drain();
    await this.#server.close();
    await this.source.close();
    await this.#publisher.close();
    await this.#repository.close();
    theWorld().tell('has drained and ends');
    this.owner.drained += 1;
    this.kill();
  }

  /** Like the service's controller. */
  async #onFetched(fetched: KafkaFetchedBatch): Promise<void> {
    try {
      await this.pipeline.accept(fetched);
    } catch (error) {
      if (error !== fetched.heartbeatError) throw error;
    }
  }

  #blocked(): void {
    if (this.isDead) return;
    const why = `the event loop of ${this.name} is blocked for ever`;
    if (!this.scene.plan.tolerated.has('blocked-loop')) theWorld().fail(why);
    this.scene.note('blocked-loop');
    this.owner.restart(this, why);
  }
}

function transport(
  name: string,
  settings: Settings,
  observer: ReturnType<typeof observerOf>,
): { kafka: Kafka; source: KafkaEventSource; server: BatchServerKafka } {
  const kafkaSettings = Object.assign(new KafkaSettings(), {
    bootstrapServers: ['b1:9092', 'b2:9092', 'b3:9092'],
    topicName: TOPIC,
    groupId: GROUP,
    acceptNewGroup: false,
    clientId: name,
    sessionTimeoutMs: settings.sessionTimeoutMs,
    heartbeatIntervalMs: settings.heartbeatIntervalMs,
    rebalanceTimeoutMs: settings.rebalanceTimeoutMs,
    fetchMaxWaitMs: 300,
    fetchMaxBytes: 10 * settings.fetchMaxBytes,
    fetchMaxBytesPerPartition: settings.fetchMaxBytes,
    fetchMaxDecompressedBytes: 32 * 1024 * 1024,
    batchMaxDecompressedBytes: 1024 * 1024 * 1024,
    metadataMaxAgeMs: 30_000,
    lagIntervalMs: LAG_INTERVAL_MS,
    tls: false,
  });
  const kafka = kafkaClient(kafkaSettings, () => ({ namespace, level, log }) => {
    if (level > logLevel.WARN) return;
    const error: unknown = log['error'];
    theWorld().tell(`kafkajs ${namespace}: ${log.message}${typeof error === 'string' ? ` (${error})` : ''}`);
  });
  const source = new KafkaEventSource(kafka, GROUP, observer, settings.sessionTimeoutMs);
  const server = new BatchServerKafka({
    kafka,
    source,
    consumer: consumerConfig(kafkaSettings),
    topics: {},
  });
  return { kafka, source, server };
}
