import type { Admin, Kafka } from 'kafkajs';
import { FaultError, type Fault } from '#pipeline';
import { COMMAND_RETRY_POLICY, KafkaClient } from '../transport/kafka-client.js';
import { kafkaFault } from '../transport/kafka-fault.js';
import { TopicLogs } from './topic-logs.js';

/** How long a command waits for one answer of Kafka, however many brokers and retries that takes. */
export const COMMAND_TIMEOUT_MS = 20_000;

/** How kafkajs reports a broker that takes a connection and answers nothing. */
const SILENT: ReadonlySet<string> = new Set(['BROKER_NOT_CONNECTED', 'KafkaJSRequestTimeoutError']);

/**
 * Asks Kafka one thing for a command, over a connection of its own, and waits no longer than {@link COMMAND_TIMEOUT_MS}.
 *
 * @throws FaultError
 */
export async function withAdminClient<T>(
  kafka: Kafka,
  doing: string,
  ask: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = kafka.admin({ retry: COMMAND_RETRY_POLICY.retry });
  return askOver(kafka, doing, admin, () => ask(admin));
}

/**
 * The same of the logs of topics.
 *
 * @throws FaultError
 */
export async function withTopicLogs<T>(
  kafka: Kafka,
  doing: string,
  ask: (logs: TopicLogs) => Promise<T>,
): Promise<T> {
  const logs = new TopicLogs(kafka, { retry: COMMAND_RETRY_POLICY.retry });
  return askOver(kafka, doing, logs.admin, () => ask(logs));
}

async function askOver<T>(kafka: Kafka, doing: string, admin: Admin, ask: () => Promise<T>): Promise<T> {
  let isAnswered = false;
  try {
    const answer = await withinCommandTimeout(kafka, doing, connectedAndAsked(admin, ask));
    isAnswered = true;
    return answer;
  } finally {
    const ended = admin.disconnect().catch(() => undefined);
    // What does not answer does not end a connection either.
    if (isAnswered) await ended;
  }
}

async function connectedAndAsked<T>(admin: Admin, ask: () => Promise<T>): Promise<T> {
  await admin.connect();
  return ask();
}

/**
 * What `work` returns. kafkajs retries in layers, each around the next: what every one of them waits adds up to minutes.
 *
 * @throws FaultError where it fails, or takes longer than {@link COMMAND_TIMEOUT_MS}
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

/** What an error of kafkajs means for a command: who did not answer is named. */
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
    message: `Kafka: ${doing} failed: ${servers} took the connection and did not answer ${when}`,
    remedy:
      'Check that KAFKA_BOOTSTRAP_SERVER names brokers that work, and that KAFKA_TLS fits their listener',
  };
}
