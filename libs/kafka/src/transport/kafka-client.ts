import { Kafka, type ConsumerConfig, type KafkaConfig, type logCreator } from 'kafkajs';
import { current, type KafkaSettings } from '#settings';
import { installPatches } from '../kafkajs-2.2.4/install.js';
import { sasl } from '../login/sasl.js';
import { roundRobinByNumber } from './partition-assigner.js';
import { responseSocket } from '../kafkajs-2.2.4/reading/response-socket.js';
import { seedAddress } from './seed-address.js';

/** Retry policy: time-out, and exponential backoff with jitter. */
export type RetryPolicy = Required<Pick<KafkaConfig, 'requestTimeout' | 'retry'>>;

/** The service waits for faults that end by themselves, such as a broker restart. */
const SERVICE_RETRY_POLICY: RetryPolicy = {
  requestTimeout: 30_000,
  retry: { initialRetryTime: 300, maxRetryTime: 5_000, retries: 5 },
};

/** A person waits for a command. Three attempts, so that with three brokers one that responds is found. */
export const COMMAND_RETRY_POLICY: RetryPolicy = {
  requestTimeout: 10_000,
  retry: { initialRetryTime: 200, maxRetryTime: 1_000, retries: 2 },
};

/** A kafkajs client that remembers its bootstrap servers, for error messages. */
export class KafkaClient extends Kafka {
  constructor(
    config: KafkaConfig,
    readonly servers: readonly string[],
  ) {
    super(config);
  }
}

/** Patches kafkajs, then creates the client from the settings (brokers, TLS, SASL). */
export function kafkaClient(
  settings: KafkaSettings,
  logCreator: logCreator,
  patience = SERVICE_RETRY_POLICY,
): KafkaClient {
  installPatches({
    memoryBytes: settings.fetchMaxDecompressedBytes,
    batchBytes: settings.batchMaxDecompressedBytes,
  });
  const config: KafkaConfig = {
    clientId: settings.clientId,
    ...brokersAt(settings.bootstrapServers),
    ...tls(settings),
    ...sasl(settings),
    connectionTimeout: 5_000,
    ...patience,
    logCreator,
  };
  return new KafkaClient(config, settings.bootstrapServers);
}

/** Options for kafkajs to connect to the bootstrap servers, including IPv6 addresses. */
export function brokersAt(servers: readonly string[]) {
  return { brokers: servers.map(seedAddress), socketFactory: responseSocket };
}

export function consumerConfig(settings: KafkaSettings): ConsumerConfig {
  return {
    groupId: settings.groupId,
    sessionTimeout: settings.sessionTimeoutMs,
    heartbeatInterval: settings.heartbeatIntervalMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    // A resumed partition waits this long at most; an idle fetch costs one request per interval.
    maxWaitTimeInMs: settings.fetchMaxWaitMs,
    maxBytes: settings.fetchMaxBytes,
    maxBytesPerPartition: settings.fetchMaxBytesPerPartition,
    metadataMaxAge: settings.metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    partitionAssigners: [roundRobinByNumber],
  };
}

/**
 * Getters, because certificates are renewed while the service runs: kafkajs and our sockets read the options for each
 * connection, and each read loads the files again.
 */
function tls(settings: KafkaSettings): Pick<KafkaConfig, 'ssl'> {
  if (!settings.tls) return {};
  return {
    ssl: {
      get ca() {
        return current(settings).tlsCa;
      },
      get cert() {
        return current(settings).tlsCert;
      },
      get key() {
        return current(settings).tlsKey?.reveal();
      },
      ...(settings.tlsServerName === undefined ? {} : { servername: settings.tlsServerName }),
    },
  };
}
