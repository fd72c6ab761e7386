import kafkajs, { Kafka, logLevel, type Admin } from 'kafkajs';
import { createTopic, KafkaCluster } from '#testing';
import { DuckDbWarehouse } from '../../warehouses/duckdb-warehouse.js';
import { Fleet } from './fleet.js';
import { SESSION_TIMEOUT_MS, type Brokers, type Engine } from '../plan.js';
import { ProxiedBroker } from './proxied-broker.js';
import { SnowflakeWarehouse } from '../../warehouses/snowflake-warehouse.js';

export const TOPIC = 'sales_events';
export const DEAD_LETTER_TOPIC = `${TOPIC}_dlq`;
export const GROUP = 'chaos';

/** Small batches and short waits: the more often something is under way, the more often a fault meets it. */
const INGESTER_ENV = {
  KAFKA_TOPIC_NAME: TOPIC,
  KAFKA_GROUP_ID: GROUP,
  KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  KAFKA_HEARTBEAT_INTERVAL_MS: '1000',
  KAFKA_REBALANCE_TIMEOUT_MS: '10000',
  KAFKA_LAG_INTERVAL_MS: '500',
  BATCH_MIN_EVENTS: '20',
  BATCH_MAX_WAIT_MS: '300',
  BATCH_MAX_EVENTS: '500',
  DRAIN_TIMEOUT_MS: '10000',
  // Node.js ends at the signal of a file that may not grow, unless somebody listens: then the write fails.
  NODE_OPTIONS: `--import=data:text/javascript,process.on('SIGXFSZ',()=>{})`,
};

export interface WorldOptions {
  engine: Engine;
  brokers: Brokers;
  partitions: number;
  /** What an UPDATE that waited for a lock looks at, of the Snowflake endpoint. */
  afterWait: 'reevaluate' | 'statement-start';
  /** Holds the logs of the ingesters; and while the world is there, all its data. */
  folder: string;
}

/** All parts of a run. */
export class World {
  readonly fleet: Fleet;
  readonly admin: Admin;

  private constructor(
    readonly kafka: ProxiedBroker | KafkaCluster,
    readonly warehouse: SnowflakeWarehouse | DuckDbWarehouse,
    folder: string,
  ) {
    this.fleet = new Fleet(
      { ...INGESTER_ENV, ...warehouse.env, KAFKA_BOOTSTRAP_SERVER: this.bootstrapServer },
      folder,
    );
    this.admin = new Kafka({
      clientId: 'chaos',
      brokers: this.bootstrapServer.split(','),
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 2 },
    }).admin();
  }

  /** @throws KafkaUnavailable */
  static async start({ engine, brokers, partitions, afterWait, folder }: WorldOptions): Promise<World> {
    const kafka = await (brokers === 1 ? ProxiedBroker : KafkaCluster).start(`${folder}/broker`);
    const warehouse =
      engine === 'duckdb'
        ? new DuckDbWarehouse(folder)
        : await SnowflakeWarehouse.start(afterWait, engine === 'streaming' ? 'streaming' : 'sql');
    const world = new World(kafka, warehouse, folder);
    await createTopic(world.bootstrapServer, TOPIC, { partitions });
    await createTopic(world.bootstrapServer, DEAD_LETTER_TOPIC);
    await world.admin.connect();
    return world;
  }

  get bootstrapServer(): string {
    return this.kafka.bootstrapServers;
  }

  /** Sets a setting of the dead-letter topic, or sets all back. */
  async configureDeadLetterTopic(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: DEAD_LETTER_TOPIC,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  }

  async close(): Promise<void> {
    await this.fleet.killAll();
    await this.admin.disconnect();
    await this.warehouse.close();
    await this.kafka.stop();
  }
}
