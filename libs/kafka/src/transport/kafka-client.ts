import { Kafka, type ConsumerConfig, type KafkaConfig, type logCreator } from 'kafkajs';
import { current, type KafkaSettings } from '#settings';
import { registerCodecs } from '../kafkajs-2.2.4/codecs.js';
import { installCommittedReads } from '../kafkajs-2.2.4/committed-records.js';
import { installConsumerCorrections } from '../kafkajs-2.2.4/consumer-corrections.js';
import { roundRobinByNumber } from './partition-assigner.js';
import { installDeferredDecoding } from '../kafkajs-2.2.4/deferred-decoding.js';
import { installFetchHeartbeats } from '../kafkajs-2.2.4/fetch-heartbeats.js';
import { installProduceRequest } from '../kafkajs-2.2.4/produce-request.js';
import type { DecodingLimits } from '../records/record-set.js';
import { installWholeResponses, responseSocket } from '../kafkajs-2.2.4/response-socket.js';
import { seedAddress } from './seed-address.js';
import { installSilentConnections } from '../kafkajs-2.2.4/silent-connections.js';

/** How long and how often is tried what does not succeed. */
export type Patience = Required<Pick<KafkaConfig, 'requestTimeout' | 'retry'>>;

/** A service waits out what ends by itself, such as a broker that is started again. */
const SERVICE_RETRY_POLICY: Patience = {
  requestTimeout: 30_000,
  retry: { initialRetryTime: 300, maxRetryTime: 5_000, retries: 5 },
};

/** Somebody sits before a command and waits: three tries, so that one broker of three that answers is found. */
export const COMMAND_RETRY_POLICY: Patience = {
  requestTimeout: 10_000,
  retry: { initialRetryTime: 200, maxRetryTime: 1_000, retries: 2 },
};

/** kafkajs, and the servers that it was given to begin with, for what has to name them. */
export class KafkaClient extends Kafka {
  constructor(
    config: KafkaConfig,
    readonly servers: readonly string[],
  ) {
    super(config);
  }
}

/** kafkajs as the settings want it: brokers, TLS, SASL; with all codecs readable, and bytes read and written with few copies. */
export function kafkaClient(
  settings: KafkaSettings,
  logCreator: logCreator,
  patience = SERVICE_RETRY_POLICY,
): KafkaClient {
  installPatches({
    memoryBytes: settings.fetchMaxDecompressedBytes,
    batchBytes: settings.batchMaxDecompressedBytes,
  });
  installFetchHeartbeats();
  installConsumerCorrections();
  installProduceRequest();
  installWholeResponses();
  installSilentConnections();
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

/** Where kafkajs begins, which takes no IPv6 address by itself. */
export function brokersAt(servers: readonly string[]) {
  return { brokers: servers.map(seedAddress), socketFactory: responseSocket };
}

/**
 * Has every consumer of this process read the records that ours do. Safe to call more than once; the last limits hold.
 *
 * @throws Error where kafkajs is not built as 2.2.4 is
 */
export function installPatches(limits?: DecodingLimits): void {
  registerCodecs();
  installDeferredDecoding(limits);
  installCommittedReads();
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
