import type { Fault } from '#pipeline';

/** What only somebody with rights on the cluster, or on this service's settings, can mend. */
const SETUP: Record<string, string> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'Create the topic, or correct KAFKA_TOPIC_NAME or DLQ_TOPIC',
  INVALID_TOPIC_EXCEPTION: 'Correct KAFKA_TOPIC_NAME or DLQ_TOPIC',
  TOPIC_AUTHORIZATION_FAILED:
    'Grant READ and DESCRIBE on the source topic, WRITE and DESCRIBE on the dead-letter topic',
  GROUP_AUTHORIZATION_FAILED: 'Grant READ on the consumer group named by KAFKA_GROUP_ID',
  CLUSTER_AUTHORIZATION_FAILED: 'Grant this user DESCRIBE on the cluster',
  SASL_AUTHENTICATION_FAILED: 'Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM',
  UNSUPPORTED_SASL_MECHANISM: 'Set KAFKA_SASL_MECHANISM to one that the broker offers',
  ILLEGAL_SASL_STATE: 'Set KAFKA_SASL_MECHANISM as the broker expects it',
  INVALID_SESSION_TIMEOUT:
    'Set KAFKA_SESSION_TIMEOUT_MS within the limits of the broker (group.min/max.session.timeout.ms)',
  MESSAGE_TOO_LARGE: "Raise the dead-letter topic's max.message.bytes",
  KafkaJSSASLAuthenticationError: 'Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM',
};

/** OpenSSL's and Node's names for a peer that is not who it should be. */
const TLS_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

/**
 * What a kafkajs error means for the operator. The error that started it all is what counts: kafkajs wraps it in
 * one for each layer that gave up.
 */
export function kafkaFault(error: unknown, doing: string): Fault {
  const cause = rootCause(error);
  const code = codeOf(cause);
  const message = `Kafka: ${doing} failed: ${cause.message}`;
  const remedy = SETUP[code];
  if (remedy !== undefined) return { class: 'setup', code, message, remedy };
  if (TLS_CODE.test(code)) {
    return {
      class: 'setup',
      code,
      message,
      remedy: 'Check KAFKA_TLS and KAFKA_TLS_CA_FILE against the listener of the broker',
    };
  }
  return { class: 'transient', code, message, remedy: null };
}

/** Whether kafkajs says so itself, or the broker by the name of its error. */
export function isKafkaErrorType(error: unknown, type: string): boolean {
  return codeOf(rootCause(error)) === type;
}

function rootCause(error: unknown): Error {
  const given = error instanceof Error ? error : new Error(String(error));
  return given.cause instanceof Error ? rootCause(given.cause) : given;
}

/** The broker's error type, Node's error code, or the class of the error: a short name either way. */
function codeOf(error: Error & { type?: unknown; code?: unknown }): string {
  if (typeof error.type === 'string') return error.type;
  if (typeof error.code === 'string') return error.code;
  return error.name;
}
