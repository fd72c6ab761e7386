import type { Admin, Consumer, Kafka } from 'kafkajs';
import { FaultError, type Fault } from '#pipeline';
import { COMMAND_RETRY_POLICY, KafkaClient } from '../transport/kafka-client.js';
import { kafkaFault } from '../transport/kafka-fault.js';
import { TopicLogs } from './topic-logs.js';

/** How long a command waits for one request to Kafka, including all retries and brokers. */
export const COMMAND_TIMEOUT_MS = 20_000;

/** How kafkajs reports a broker that accepts a connection and does not respond. */
const SILENT: ReadonlySet<string> = new Set(['BROKER_NOT_CONNECTED', 'KafkaJSRequestTimeoutError']);

/**
 * Runs a command's request over a new admin connection, for at most {@link COMMAND_TIMEOUT_MS}.
 *
 * @throws FaultError
 */
export async function withAdminClient<T>(
  kafka: Kafka,
  doing: string,
  ask: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = kafka.admin({ retry: COMMAND_RETRY_POLICY.retry });
  return requestOver(kafka, doing, admin, () => ask(admin));
}

/**
 * Like {@link withAdminClient}, for requests about the logs of topics.
 *
 * @throws FaultError
 */
export async function withTopicLogs<T>(
  kafka: Kafka,
  doing: string,
  ask: (logs: TopicLogs) => Promise<T>,
): Promise<T> {
  const logs = new TopicLogs(kafka, { retry: COMMAND_RETRY_POLICY.retry });
  return requestOver(kafka, doing, logs.admin, () => ask(logs));
}

/**
 * Runs a command's request over this new connection, for at most {@link COMMAND_TIMEOUT_MS}, and ends the connection.
 *
 * @throws FaultError
 */
export async function requestOver<T>(
  kafka: Kafka,
  doing: string,
  connection: Pick<Admin | Consumer, 'connect' | 'disconnect'>,
  request: () => Promise<T>,
): Promise<T> {
  const connectAndRequest = async () => {
    await connection.connect();
    return request();
  };
  let hasResponded = false;
  try {
    const response = await withinCommandTimeout(kafka, doing, connectAndRequest());
    hasResponded = true;
    return response;
  } finally {
    const disconnected = connection.disconnect().catch(() => undefined);
    // A broker that does not respond would delay the disconnect as well.
    if (hasResponded) await disconnected;
  }
}

/**
 * Returns the result of `work`. The time-out is needed because kafkajs nests several layers of retries, whose waits add
 * up to minutes.
 *
 * @throws FaultError if `work` fails or takes longer than {@link COMMAND_TIMEOUT_MS}
 */
export async function withinCommandTimeout<T>(kafka: Kafka, doing: string, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new FaultError(silentFault(kafka, doing, `within ${COMMAND_TIMEOUT_MS / 1000} s`)));
  }, COMMAND_TIMEOUT_MS);
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw new FaultError(commandFault(kafka, error, doing));
  } finally {
    clearTimeout(timer);
  }
}

/** Converts a kafkajs error into a fault for a command. Names the brokers that did not respond. */
export function commandFault(kafka: Kafka, error: unknown, doing: string): Fault {
  if (error instanceof FaultError) return error.fault;
  const fault = kafkaFault(error, doing);
  return SILENT.has(fault.code) ? silentFault(kafka, doing, 'in time') : fault;
}

function silentFault(kafka: Kafka, doing: string, when: string): Fault {
  const servers = kafka instanceof KafkaClient ? kafka.servers.join(', ') : 'the broker';
  return {
    class: 'transient',
    code: 'KAFKA_SILENT',
    message: `Kafka: ${doing} failed: ${servers} accepted the connection but did not respond ${when}`,
    remedy:
      'Check that KAFKA_BOOTSTRAP_SERVER names working brokers, and that KAFKA_TLS matches their listener',
  };
}
