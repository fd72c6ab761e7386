import { withAdminClient } from '#kafka';
import type { KafkaClient } from './source.js';

/** The questions, by the end of their topic's name. */
export const RESULTS = [
  'revenue_by_hour',
  'closed_hours',
  'net_stock',
  'low_stock',
  'orders_by_minute',
  'product_sales',
] as const;
export type Result = (typeof RESULTS)[number];

const PARTITIONS = 1;

export function resultTopic(topic: string, result: Result): string {
  return `${topic}_${result}`;
}

/**
 * Creates the compacted topics of the results, unless they exist.
 *
 * @throws FaultError
 */
export async function createResultTopics(kafka: KafkaClient, topic: string): Promise<void> {
  const topics = RESULTS.map((result) => ({
    topic: resultTopic(topic, result),
    numPartitions: PARTITIONS,
    replicationFactor: -1,
    configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
  }));
  await withAdminClient(kafka, 'creating the topics of the results', async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((each) => !existing.has(each.topic));
    if (missing.length > 0) await admin.createTopics({ topics: missing });
  });
}
