import type { Problem } from '../reading/problem.js';
import { LAKE_LOCATION } from '../kinds/index.js';
import type { ArchiverSettings, KafkaPart, RecordsPart, Settings } from '../settings.js';
import { AUTHENTICATORS, NEEDED_KEYS } from '../sections/snowflake-login.js';
import { missingOf, type CrossCheck } from './cross-check.js';
import { KAFKA_LOGIN_CHECKS } from './kafka-login-checks.js';

const CONSUMER_CHECKS: readonly CrossCheck<Pick<Settings, 'kafka'>>[] = [
  {
    keys: ['KAFKA_HEARTBEAT_INTERVAL_MS', 'KAFKA_SESSION_TIMEOUT_MS'],
    problem: ({ kafka }) =>
      kafka.heartbeatIntervalMs >= kafka.sessionTimeoutMs
        ? `${kafka.heartbeatIntervalMs} given, expected less than KAFKA_SESSION_TIMEOUT_MS (${kafka.sessionTimeoutMs})`
        : null,
  },
  {
    keys: ['KAFKA_FETCH_MAX_WAIT_MS', 'KAFKA_SESSION_TIMEOUT_MS'],
    problem: ({ kafka }) =>
      kafka.fetchMaxWaitMs >= kafka.sessionTimeoutMs
        ? `${kafka.fetchMaxWaitMs} given, expected less than KAFKA_SESSION_TIMEOUT_MS (${kafka.sessionTimeoutMs})`
        : null,
  },
  {
    keys: ['KAFKA_FETCH_MAX_BYTES_PER_PARTITION', 'KAFKA_FETCH_MAX_BYTES'],
    problem: ({ kafka }) =>
      kafka.fetchMaxBytesPerPartition > kafka.fetchMaxBytes
        ? `${kafka.fetchMaxBytesPerPartition} given, expected at most KAFKA_FETCH_MAX_BYTES (${kafka.fetchMaxBytes})`
        : null,
  },
  ...KAFKA_LOGIN_CHECKS,
];

export const KAFKA_CHECKS: readonly CrossCheck<KafkaPart>[] = [
  ...CONSUMER_CHECKS,
  {
    keys: ['DLQ_TOPIC', 'KAFKA_TOPIC_NAME'],
    problem: ({ kafka, deadLetter }) =>
      deadLetter.topic === kafka.topicName
        ? `"${deadLetter.topic}" given, expected a topic other than KAFKA_TOPIC_NAME`
        : null,
  },
];

const LAKE_LOGIN = ['LAKE_ACCESS_KEY_ID', 'LAKE_SECRET_ACCESS_KEY'] as const;

const LAKE_CHECKS: readonly CrossCheck<Pick<Settings, 'lake'>>[] = [
  { keys: LAKE_LOGIN, problem: (_, given) => missingOf(LAKE_LOGIN, given) },
  {
    keys: ['LAKE_KMS_KEY_ID', 'LAKE_ENCRYPTION'],
    problem: ({ lake }) =>
      lake.kmsKeyId !== undefined && lake.encryption !== 'aws:kms'
        ? 'has no effect without LAKE_ENCRYPTION=aws:kms'
        : null,
  },
];

export const ARCHIVER_CHECKS: readonly CrossCheck<ArchiverSettings>[] = [
  ...CONSUMER_CHECKS,
  ...LAKE_CHECKS,
  {
    keys: ['LAKE_LOCATION'],
    problem: ({ lake }) =>
      lake.location === undefined ? `not set, expected ${LAKE_LOCATION.expected}` : null,
  },
  {
    keys: ['LAKE_GROUP_ID', 'KAFKA_GROUP_ID'],
    problem: ({ kafka, lake }) =>
      lake.groupId === kafka.groupId
        ? `"${lake.groupId}" given, expected a group other than KAFKA_GROUP_ID: the two services would share the partitions`
        : null,
  },
];

export const RECORDS_CHECKS: readonly CrossCheck<RecordsPart>[] = [
  ...KAFKA_CHECKS,
  ...LAKE_CHECKS,
  {
    keys: ['KAFKA_FETCH_MAX_DECOMPRESSED_BYTES', 'EVENT_MAX_BYTES'],
    problem: ({ kafka, batch }) =>
      kafka.fetchMaxDecompressedBytes <= batch.eventMaxBytes
        ? `${kafka.fetchMaxDecompressedBytes} given, expected more than EVENT_MAX_BYTES (${batch.eventMaxBytes})`
        : null,
  },
  {
    keys: ['BATCH_MIN_EVENTS', 'BATCH_MAX_EVENTS'],
    problem: ({ batch }) =>
      batch.minEvents > batch.maxEvents
        ? `${batch.minEvents} given, expected at most BATCH_MAX_EVENTS (${batch.maxEvents})`
        : null,
  },
];

export const ALL_CHECKS: readonly CrossCheck<Settings>[] = [
  ...RECORDS_CHECKS,
  {
    keys: [
      'SNOWFLAKE_AUTHENTICATOR',
      ...AUTHENTICATORS.map((authenticator) => NEEDED_KEYS[authenticator][0]),
    ],
    problem: ({ snowflake }) =>
      snowflake !== null && (snowflake.authenticator as string | undefined) === undefined
        ? `no credential is set, expected one of ${AUTHENTICATORS.map((each) => NEEDED_KEYS[each][0]).join(', ')}`
        : null,
  },
  ...AUTHENTICATORS.flatMap((authenticator) =>
    NEEDED_KEYS[authenticator].map((key) => ({
      keys: [key, 'SNOWFLAKE_AUTHENTICATOR'],
      problem: ({ snowflake }: Settings, given: ReadonlySet<string>) =>
        snowflake?.authenticator === authenticator && !given.has(key)
          ? `not set, needed to log in by ${authenticator}`
          : null,
    })),
  ),
  {
    keys: ['SNOWFLAKE_TOKEN', 'SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER', 'SNOWFLAKE_AUTHENTICATOR'],
    problem: ({ snowflake }) =>
      snowflake?.authenticator === 'workload_identity' &&
      snowflake.workloadIdentityProvider === 'OIDC' &&
      snowflake.token === undefined
        ? 'not set, needed for SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER=OIDC'
        : null,
  },
  {
    keys: ['SNOWFLAKE_PRIVATE_KEY_PASSPHRASE', 'SNOWFLAKE_PRIVATE_KEY', 'SNOWFLAKE_AUTHENTICATOR'],
    problem: ({ snowflake }) =>
      snowflake?.authenticator === 'key_pair' &&
      snowflake.privateKeyPassphrase === undefined &&
      snowflake.privateKey?.reveal().includes('BEGIN ENCRYPTED') === true
        ? 'not set, needed for an encrypted SNOWFLAKE_PRIVATE_KEY'
        : null,
  },
  {
    keys: ['SNOWFLAKE_PROXY_HOST', 'SNOWFLAKE_PROXY_PORT'],
    problem: ({ snowflake }, given) =>
      snowflake === null ? null : missingOf(['SNOWFLAKE_PROXY_HOST', 'SNOWFLAKE_PROXY_PORT'], given),
  },
  {
    keys: ['SNOWFLAKE_INGEST', 'SNOWFLAKE_AUTHENTICATOR'],
    problem: ({ snowflake }) =>
      snowflake?.ingest === 'streaming' && !STREAMING_LOGINS.includes(snowflake.authenticator)
        ? `"streaming" given, which cannot log in by ${snowflake.authenticator}, expected ${STREAMING_LOGINS.join(', ')}`
        : null,
  },
  {
    keys: ['SNOWFLAKE_INGEST', 'SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER', 'SNOWFLAKE_AUTHENTICATOR'],
    problem: ({ snowflake }) =>
      snowflake?.ingest === 'streaming' &&
      snowflake.authenticator === 'workload_identity' &&
      snowflake.workloadIdentityProvider !== 'OIDC'
        ? `"streaming" given, which cannot log in by the workload identity of ${snowflake.workloadIdentityProvider ?? 'no provider'}, expected SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER=OIDC`
        : null,
  },
  {
    keys: ['SNOWFLAKE_INGEST', 'SNOWFLAKE_PROXY_HOST'],
    problem: ({ snowflake }) =>
      snowflake?.ingest === 'streaming' && snowflake.proxyHost !== undefined
        ? '"streaming" given, which does not use SNOWFLAKE_PROXY_HOST, expected HTTPS_PROXY with NODE_USE_ENV_PROXY=1'
        : null,
  },
];

/** Credentials that Snowpipe Streaming accepts. */
const STREAMING_LOGINS: readonly string[] = [
  'key_pair',
  'programmatic_access_token',
  'oauth_client_credentials',
  'workload_identity',
];

/** Reports each problem under the first key of its check. */
export function crossCheck<S>(
  checks: readonly CrossCheck<S>[],
  settings: S,
  given: ReadonlySet<string>,
  faulty: ReadonlySet<string>,
): Problem[] {
  return checks
    .filter(({ keys }) => !keys.some((key) => faulty.has(key)))
    .flatMap(({ keys, problem }) => {
      const text = problem(settings, given);
      return text === null ? [] : [{ keys, text: `${keys[0] ?? ''}: ${text}` }];
    });
}
