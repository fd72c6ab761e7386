import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { isRunning, PlainError, readLocalRun } from '#command-line';
import { REPOSITORY_ROOT } from '#testing';

const USUAL_TOPIC = 'sales_events';
const TIMEOUT_MS = 10_000;

/** The topic whose events are aggregated. */
export interface Source {
  bootstrapServer: string;
  topic: string;
}

/**
 * The topic of KAFKA_BOOTSTRAP_SERVER, or that of a running `npm start`.
 *
 * @throws PlainError if there is neither
 */
export function findSource(env: NodeJS.ProcessEnv): Source {
  const topic = given(env['KAFKA_TOPIC_NAME']) ?? USUAL_TOPIC;
  const bootstrapServer = given(env['KAFKA_BOOTSTRAP_SERVER']);
  if (bootstrapServer !== null) return { bootstrapServer, topic };
  const run = readLocalRun(join(REPOSITORY_ROOT, '.local/last-run.json'));
  const local = run?.env['KAFKA_BOOTSTRAP_SERVER'];
  if (run === null || local === undefined || !isRunning(run.pid)) {
    throw new PlainError(
      'There are no events to aggregate: npm start is not running. Run it in another terminal,\n' +
        'or set KAFKA_BOOTSTRAP_SERVER to the broker that has them.',
    );
  }
  return {
    bootstrapServer: local,
    topic: given(env['KAFKA_TOPIC_NAME']) ?? run.env['KAFKA_TOPIC_NAME'] ?? topic,
  };
}

/**
 * The id of the cluster, which tells whose offsets a kept state contains.
 *
 * @throws PlainError if no broker responds or the topic is missing
 */
export async function clusterIdOf({ bootstrapServer, topic }: Source): Promise<string> {
  const kafka = new Kafka({
    brokers: bootstrapServer.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: TIMEOUT_MS,
    retry: { retries: 2 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    if (!(await admin.listTopics()).includes(topic)) {
      throw new PlainError(
        `${bootstrapServer} has no topic ${topic}. Set KAFKA_TOPIC_NAME to the topic with the sales events.`,
      );
    }
    return clusterId;
  } catch (error) {
    if (error instanceof PlainError) throw error;
    throw new PlainError(
      `No Kafka broker responds at ${bootstrapServer}: ${(error as Error).message}\n` +
        'Check KAFKA_BOOTSTRAP_SERVER, and that the broker runs.',
    );
  } finally {
    await admin.disconnect();
  }
}

function given(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
