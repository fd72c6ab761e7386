import { createTopic } from '#testing';

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

/** Creates the compacted topics of the results, unless they exist. */
export async function createResultTopics(bootstrapServer: string, topic: string): Promise<void> {
  for (const result of RESULTS) {
    await createTopic(bootstrapServer, resultTopic(topic, result), {
      partitions: PARTITIONS,
      config: { 'cleanup.policy': 'compact' },
    });
  }
}
