import { BROKERS, FLAG, integer, TOPIC, WORDS } from '../kinds/index.js';
import { KafkaLoginSettings } from './kafka-login.settings.js';
import { Setting } from './setting.js';

export class KafkaSettings extends KafkaLoginSettings {
  @Setting({
    key: 'KAFKA_BOOTSTRAP_SERVER',
    kind: BROKERS,
    default: 'localhost:9092',
    description: 'Bootstrap brokers as host:port, separated by commas.',
  })
  readonly bootstrapServers!: string[];

  @Setting({
    key: 'KAFKA_TOPIC_NAME',
    kind: TOPIC,
    default: 'sales_events',
    description: 'The topic to read.',
  })
  readonly topicName!: string;

  @Setting({
    key: 'KAFKA_GROUP_ID',
    kind: WORDS,
    default: 'snowflake-ingestion-les-caves-albert-v1',
    description: 'The consumer group. Checkpoints in the warehouse belong to it.',
  })
  readonly groupId!: string;

  @Setting({
    key: 'KAFKA_ACCEPT_NEW_GROUP',
    kind: FLAG,
    default: 'false',
    description:
      'Confirms a new consumer group on a topic for which another group has checkpoints; while both run, events are stored twice.',
  })
  readonly acceptNewGroup!: boolean;

  @Setting({
    key: 'KAFKA_CLIENT_ID',
    kind: WORDS,
    default: 'sales-events-ingester',
    description: "The name of this service in the broker's logs and quotas.",
  })
  readonly clientId!: string;

  @Setting({
    key: 'KAFKA_SESSION_TIMEOUT_MS',
    kind: integer(1_000, 1_800_000),
    default: '30000',
    description: 'A member that is silent for this long loses its partitions.',
  })
  readonly sessionTimeoutMs!: number;

  @Setting({
    key: 'KAFKA_HEARTBEAT_INTERVAL_MS',
    kind: integer(100, 600_000),
    default: '3000',
    description: 'Time between two heartbeats to the group; usually at most a third of the session timeout.',
  })
  readonly heartbeatIntervalMs!: number;

  @Setting({
    key: 'KAFKA_REBALANCE_TIMEOUT_MS',
    kind: integer(1_000, 1_800_000),
    default: '60000',
    description: 'How long the group waits for its members to join during a rebalance.',
  })
  readonly rebalanceTimeoutMs!: number;

  @Setting({
    key: 'KAFKA_FETCH_MAX_WAIT_MS',
    kind: integer(1, 20_000),
    default: '300',
    description:
      'How long the broker may hold a fetch without data; also the maximum delay until a resumed partition is fetched.',
  })
  readonly fetchMaxWaitMs!: number;

  @Setting({
    key: 'KAFKA_FETCH_MAX_BYTES',
    kind: integer(1_024, 1_073_741_824),
    default: '10485760',
    description: 'Maximum size of one fetch from one broker, in bytes.',
  })
  readonly fetchMaxBytes!: number;

  @Setting({
    key: 'KAFKA_FETCH_MAX_BYTES_PER_PARTITION',
    kind: integer(1_024, 1_073_741_824),
    default: '1048576',
    description: 'Maximum share of one partition in a fetch, in bytes.',
  })
  readonly fetchMaxBytesPerPartition!: number;

  @Setting({
    key: 'KAFKA_FETCH_MAX_DECOMPRESSED_BYTES',
    kind: integer(1_048_576, 1_073_741_824),
    default: {
      text: 'twice `EVENT_MAX_BYTES`, at least 32 MiB',
      from: ({ values }) => String(Math.max(33_554_432, 2 * Number(values.get('EVENT_MAX_BYTES') ?? 0))),
    },
    description:
      'Memory for the decompressed records of one fetched partition; a single record beyond it is dead-lettered as too_large.',
  })
  readonly fetchMaxDecompressedBytes!: number;

  @Setting({
    key: 'KAFKA_BATCH_MAX_DECOMPRESSED_BYTES',
    kind: integer(1_048_576, 1_099_511_627_776),
    default: '1073741824',
    description:
      'Maximum decompressed size of one record batch, in bytes; it is read in parts. A partition with a larger batch is held.',
  })
  readonly batchMaxDecompressedBytes!: number;

  @Setting({
    key: 'KAFKA_METADATA_MAX_AGE_MS',
    kind: integer(1_000, 3_600_000),
    default: '30000',
    description: 'Maximum time until partitions added to the topic are found.',
  })
  readonly metadataMaxAgeMs!: number;

  @Setting({
    key: 'KAFKA_LAG_INTERVAL_MS',
    kind: integer(100, 3_600_000),
    default: '5000',
    description: 'Interval at which the ends of the partition logs are read, for the lag.',
  })
  readonly lagIntervalMs!: number;
}
