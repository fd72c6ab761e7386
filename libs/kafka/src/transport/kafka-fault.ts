import { asError, FaultError, type Fault } from '#pipeline';

export const REFUSED_WITHOUT_KEY =
  'Set cleanup.policy=delete on the topic: a compacted topic refuses records without a key';

/** Remedies for errors that do not end by themselves: somebody has to change the cluster or this service's settings. */
const SETUP: Record<string, string> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'Create the topic, or correct KAFKA_TOPIC_NAME or DLQ_TOPIC',
  INVALID_TOPIC_EXCEPTION: 'Correct KAFKA_TOPIC_NAME or DLQ_TOPIC',
  TOPIC_AUTHORIZATION_FAILED:
    'Grant READ and DESCRIBE on the source topic, WRITE and DESCRIBE on the dead-letter topic',
  GROUP_AUTHORIZATION_FAILED: 'Grant READ on the consumer group named by KAFKA_GROUP_ID',
  CLUSTER_AUTHORIZATION_FAILED: 'Grant this user DESCRIBE on the cluster',
  SASL_AUTHENTICATION_FAILED: 'Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM',
  UNSUPPORTED_SASL_MECHANISM: 'Set KAFKA_SASL_MECHANISM to one that the broker offers',
  ILLEGAL_SASL_STATE: "Set KAFKA_SASL_MECHANISM as the broker's listener expects it, or leave it out",
  INVALID_SESSION_TIMEOUT:
    'Set KAFKA_SESSION_TIMEOUT_MS within the limits of the broker (group.min/max.session.timeout.ms)',
  MESSAGE_TOO_LARGE: "Raise the dead-letter topic's max.message.bytes",
  RECORD_LIST_TOO_LARGE: "Raise the dead-letter topic's segment.bytes",
  INVALID_RECORD: REFUSED_WITHOUT_KEY,
  INVALID_TIMESTAMP:
    "Correct this machine's clock, or raise the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms",
  POLICY_VIOLATION: 'Ask the administrator of the cluster: one of its policies refuses the request',
  KafkaJSSASLAuthenticationError: 'Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM',
};

/** Remedies by the error codes of OpenSSL and Node for a failed handshake; the first match applies. */
const TLS: readonly (readonly [code: RegExp, remedy: string])[] = [
  [
    /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    'In KAFKA_BOOTSTRAP_SERVER, use a name from the certificate of the broker, or set KAFKA_TLS_SERVER_NAME to one',
  ],
  [
    /^ERR_SSL_.*ALERT_(.*CERTIFICATE|.*_CA$|HANDSHAKE_FAILURE)/,
    'The broker requires a client certificate that it trusts: set KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE',
  ],
  [
    /^(CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|EPROTO)/,
    'Check KAFKA_TLS and KAFKA_TLS_CA_FILE against the listener of the broker',
  ],
];

const NOT_THERE = 'If this lasts, check that the brokers run, and that KAFKA_BOOTSTRAP_SERVER names them';
const NOT_IN_SYNC =
  "If this lasts, bring the brokers back, or lower the topic's min.insync.replicas to its number of replicas";
const NOT_CONNECTED = 'Broker not connected';

/**
 * Remedies for faults that usually end when a broker returns. A listener with other settings also closes connections.
 */
const PASSING: Record<string, string> = {
  ECONNREFUSED: NOT_THERE,
  ENOTFOUND: NOT_THERE,
  EAI_AGAIN: NOT_THERE,
  ETIMEDOUT: NOT_THERE,
  EHOSTUNREACH: NOT_THERE,
  ENETUNREACH: NOT_THERE,
  KafkaJSConnectionError: NOT_THERE,
  KafkaJSRequestTimeoutError: NOT_THERE,
  BROKER_NOT_CONNECTED: NOT_THERE,
  KafkaJSConnectionClosedError:
    "If this lasts, set KAFKA_TLS and KAFKA_SASL_MECHANISM as the broker's listener expects them",
  ECONNRESET: "If this lasts, set KAFKA_TLS as the broker's listener expects it",
  NOT_ENOUGH_REPLICAS: NOT_IN_SYNC,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: NOT_IN_SYNC,
};

/**
 * Converts a kafkajs error into a fault for the operator. Uses the root cause: kafkajs wraps it in one error for each
 * layer of retries that gave up.
 */
export function kafkaFault(error: unknown, doing: string): Fault {
  const cause = rootCause(error);
  if (cause instanceof FaultError)
    return { ...cause.fault, message: `Kafka: ${doing} failed: ${cause.fault.message}` };
  const code = codeOf(cause);
  const message = `Kafka: ${doing} failed: ${readable(cause.message)}`;
  const remedy = SETUP[code] ?? TLS.find(([pattern]) => pattern.test(code))?.[1];
  if (remedy !== undefined) return { class: 'setup', code, message, remedy };
  return { class: 'transient', code, message, remedy: PASSING[code] ?? null };
}

/** Reduces OpenSSL's `id:error:number:library:function:reason:file:line:` to the reason. */
function readable(message: string): string {
  return message.replace(/[\dA-F]+:error:[\dA-F]+:[^:]*:[^:]*:([^:]*):.*/s, '$1').trim();
}

/** Whether the root cause has this type, given by kafkajs or by the broker. */
export function isKafkaErrorType(error: unknown, type: string): boolean {
  return codeOf(rootCause(error)) === type;
}

function rootCause(error: unknown): Error {
  const given = asError(error);
  return given.cause instanceof Error ? rootCause(given.cause) : given;
}

/** Returns the broker's error type, Node's error code, or the error's class name. */
function codeOf(error: Error & { type?: unknown; code?: unknown }): string {
  // kafkajs has no class for a peer that accepts the connection and never responds.
  if (error.message === NOT_CONNECTED) return 'BROKER_NOT_CONNECTED';
  if (typeof error.type === 'string') return error.type;
  if (typeof error.code === 'string') return error.code;
  return error.name;
}
