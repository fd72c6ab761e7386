import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import type { Fault } from '#pipeline';
import { isKafkaErrorType, kafkaFault, REFUSED_WITHOUT_KEY } from '../transport/kafka-fault.js';

/**
 * Checks that the broker responds, that both topics exist, and that the dead-letter topic accepts every letter. Returns
 * all faults found. Creates nothing.
 */
export function checkTopics(kafka: Kafka, source: string, deadLetters: string): Promise<Fault[]> {
  return checkExisting(kafka, [source, deadLetters], (admin) => deadLetterTopicFaults(admin, deadLetters));
}

/** Checks that the broker responds and that the topic exists. Returns all faults found. */
export async function checkTopic(kafka: Kafka, topic: string): Promise<Fault[]> {
  return checkExisting(kafka, [topic], async () => []);
}

async function checkExisting(
  kafka: Kafka,
  topics: readonly string[],
  more: (admin: Admin) => Promise<Fault[]>,
): Promise<Fault[]> {
  // Few retries: the caller reports each failure and retries itself.
  const admin = kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic));
    if (missing.length > 0) return missing.map(missingTopic);
    return await more(admin);
  } catch (error) {
    return [kafkaFault(error, 'checking the topics')];
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** Finds settings that make the topic refuse letters. */
async function deadLetterTopicFaults(admin: Admin, topic: string): Promise<Fault[]> {
  const config = await configOf(admin, topic);
  const faults: Fault[] = [];
  if (config.get('cleanup.policy')?.split(',').includes('compact') === true) {
    faults.push({
      class: 'setup',
      code: 'INVALID_RECORD',
      message: `Kafka compacts the dead-letter topic ${topic}, which therefore refuses letters without a key`,
      remedy: REFUSED_WITHOUT_KEY,
    });
  }
  const inSync = Number(config.get('min.insync.replicas') ?? 0);
  const replicas = await fewestReplicas(admin, topic);
  if (replicas < inSync) {
    faults.push({
      class: 'setup',
      code: 'NOT_ENOUGH_REPLICAS',
      message: `The dead-letter topic ${topic} requires ${inSync} replicas in sync but has ${replicas}: it refuses all letters`,
      remedy: 'Lower its min.insync.replicas, or add replicas',
    });
  }
  return faults;
}

/** Returns an empty map if this user lacks DESCRIBE_CONFIGS on the topic. */
async function configOf(admin: Admin, topic: string): Promise<Map<string, string>> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configNames: ['cleanup.policy', 'min.insync.replicas'],
        },
      ],
    });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  } catch (error) {
    if (isKafkaErrorType(error, 'TOPIC_AUTHORIZATION_FAILED')) return new Map();
    throw error;
  }
}

async function fewestReplicas(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return Math.min(...topics.flatMap(({ partitions }) => partitions.map(({ replicas }) => replicas.length)));
}

function missingTopic(topic: string): Fault {
  return {
    class: 'setup',
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
    message: `Kafka has no topic ${topic}, or this user may not see it`,
    remedy: 'Create it, or correct KAFKA_TOPIC_NAME or DLQ_TOPIC, or grant DESCRIBE on it',
  };
}
