import type { Fault } from '#pipeline';
import type { Kafka } from 'kafkajs';
import { kafkaFault } from './kafka-fault.js';

/** Whether the broker answers and these topics exist; every fault found, none means ready. Creates nothing. */
export async function checkTopics(kafka: Kafka, topics: string[]): Promise<Fault[]> {
  // The caller waits and asks again, and says so; few tries here let it speak early.
  const admin = kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    return topics.filter((topic) => !existing.has(topic)).map(missingTopic);
  } catch (error) {
    return [kafkaFault(error, 'looking for the topics')];
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function missingTopic(topic: string): Fault {
  return {
    class: 'setup',
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
    message: `Kafka has no topic ${topic}, or this user may not see it`,
    remedy: 'Create it, or correct KAFKA_TOPIC_NAME or DLQ_TOPIC, or grant DESCRIBE on it',
  };
}
