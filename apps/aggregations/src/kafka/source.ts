import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { isRunning, PlainError, readLocalRun } from '#command-line';
import { COMMAND_RETRY_POLICY, kafkaClient, withAdminClient } from '#kafka';
import { FaultError } from '#pipeline';
import { loadKafkaSettings, SettingsError, type KafkaSettings } from '#settings';
import { REPOSITORY_ROOT } from '#testing';

export type KafkaClient = Kafka;

/** The topic whose events are aggregated. */
export interface Source {
  settings: KafkaSettings;
  /** host:port, comma-separated. */
  bootstrapServer: string;
  topic: string;
}

/**
 * The topic of KAFKA_BOOTSTRAP_SERVER, or that of a running `npm start`.
 *
 * @throws PlainError if there is neither, or settings are invalid
 */
export function findSource(env: NodeJS.ProcessEnv): Source {
  const isGiven = (env['KAFKA_BOOTSTRAP_SERVER'] ?? '') !== '';
  const settings = settingsFrom(isGiven ? env : { ...localRun(), ...withoutEmpty(env) });
  return { settings, bootstrapServer: settings.bootstrapServers.join(','), topic: settings.topicName };
}

export function clientOf({ settings }: Source): KafkaClient {
  return kafkaClient(settings, () => () => undefined, COMMAND_RETRY_POLICY);
}

/**
 * The id of the cluster, which tells whose offsets a kept state contains.
 *
 * @throws PlainError if no broker responds or the topic is missing
 */
export async function clusterIdOf({ bootstrapServer, topic }: Source, kafka: KafkaClient): Promise<string> {
  try {
    return await withAdminClient(kafka, 'asking for the topic', async (admin) => {
      const { clusterId } = await admin.describeCluster();
      if ((await admin.listTopics()).includes(topic)) return clusterId;
      throw new PlainError(
        `${bootstrapServer} has no topic ${topic}. Set KAFKA_TOPIC_NAME to the topic with the sales events.`,
      );
    });
  } catch (error) {
    throw error instanceof FaultError ? new PlainError(error.message) : error;
  }
}

function settingsFrom(env: NodeJS.ProcessEnv): KafkaSettings {
  try {
    return loadKafkaSettings(env).kafka;
  } catch (error) {
    throw error instanceof SettingsError ? new PlainError(error.message) : error;
  }
}

/** @throws PlainError if npm start does not run */
function localRun(): Record<string, string> {
  const run = readLocalRun(join(REPOSITORY_ROOT, '.local/last-run.json'));
  if (run?.env['KAFKA_BOOTSTRAP_SERVER'] === undefined || !isRunning(run.pid)) {
    throw new PlainError(
      'There are no events to aggregate: npm start is not running. Run it in another terminal,\n' +
        'or set KAFKA_BOOTSTRAP_SERVER to the broker that has them.',
    );
  }
  return run.env;
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
