import { Kafka, type ConsumerConfig, type KafkaConfig, type logCreator } from 'kafkajs';
import { current, type KafkaSettings } from '#settings';
import { installPatches } from '../kafkajs-2.2.4/install.js';
import { roundRobinByNumber } from './partition-assigner.js';
import { responseSocket } from '../kafkajs-2.2.4/response-socket.js';
import { seedAddress } from './seed-address.js';

/** Retry policy: time-out, and exponential backoff with jitter. */
export type RetryPolicy = Required<Pick<KafkaConfig, 'requestTimeout' | 'retry'>>;

/** A service waits for faults that end by themselves, such as a broker that restarts. */
const SERVICE_RETRY_POLICY: RetryPolicy = {
  requestTimeout: 30_000,
  retry: { initialRetryTime: 300, maxRetryTime: 5_000, retries: 5 },
};

/** A command has a person waiting: three attempts, which find the one broker of three that responds. */
export const COMMAND_RETRY_POLICY: RetryPolicy = {
  requestTimeout: 10_000,
  retry: { initialRetryTime: 200, maxRetryTime: 1_000, retries: 2 },
};

/** A kafkajs client that keeps its bootstrap servers, for messages that name them. */
export class KafkaClient extends Kafka {
  constructor(
    config: KafkaConfig,
    readonly servers: readonly string[],
  ) {
    super(config);
  }
}

/** Creates the Kafka client from the settings (brokers, TLS, SASL), and patches kafkajs before. */
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

/** The bootstrap servers as kafkajs takes them, IPv6 addresses included. */
export function brokersAt(servers: readonly string[]) {
  return { brokers: servers.map(seedAddress), socketFactory: responseSocket };
}

export function consumerConfig(settings: KafkaSettings): ConsumerConfig {
  return {
    groupId: settings.groupId,
    sessionTimeout: settings.sessionTimeoutMs,
    heartbeatInterval: settings.heartbeatIntervalMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    // How late a resumed partition is noticed; an idle fetch costs one request each time it passes.
    maxWaitTimeInMs: settings.fetchMaxWaitMs,
    maxBytes: settings.fetchMaxBytes,
    maxBytesPerPartition: settings.fetchMaxBytesPerPartition,
    metadataMaxAge: settings.metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    partitionAssigners: [roundRobinByNumber],
  };
}

/**
 * kafkajs and our sockets read these options anew for each connection, and the files are read each time: certificates
 * are renewed while the service runs.
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

/** The same for each log-in, and for each time that the broker asks a connection to log in again. */
function sasl(settings: KafkaSettings): Pick<KafkaConfig, 'sasl'> {
  const { saslMechanism: mechanism } = settings;
  if (mechanism === undefined) return {};
  const login = {
    get username() {
      return current(settings).saslUsername ?? '';
    },
    get password() {
      return current(settings).saslPassword?.reveal() ?? '';
    },
  };
  switch (mechanism) {
    case 'plain':
      return { sasl: Object.assign(login, { mechanism }) };
    case 'scram-sha-256':
      return { sasl: Object.assign(login, { mechanism }) };
    case 'scram-sha-512':
      return { sasl: Object.assign(login, { mechanism }) };
  }
}
