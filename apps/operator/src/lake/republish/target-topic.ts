import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { withAdminClient } from '#kafka';
import { OperationError } from '../../failures.js';
import type { LakeSpan } from '../replay/span.js';

/**
 * Checks that every record can have the partition and the timestamp that it had.
 *
 * @param own the topics that the service reads and writes
 * @throws OperationError, FaultError
 */
export async function checkTarget(
  kafka: Kafka,
  target: string,
  spans: readonly LakeSpan[],
  own: readonly string[],
): Promise<void> {
  if (own.includes(target))
    throw new OperationError(
      `--to-topic is ${target}, which the service uses: its records would be stored again, at other offsets. Expected another topic.`,
    );
  const needed = Math.max(...spans.map(({ log }) => log.partition)) + 1;
  const { partitions, timestampType } = await withAdminClient(kafka, `looking up topic ${target}`, (admin) =>
    look(admin, target),
  );
  if (partitions < needed)
    throw new OperationError(
      partitions === 0
        ? `Kafka has no topic ${target}, or this user may not see it. Create it with ${needed} partitions or more.`
        : `The topic ${target} has ${partitions} partitions, and the records are in partitions up to ${needed - 1}. Add partitions, or select others with --partitions.`,
    );
  if (timestampType === 'LogAppendTime')
    throw new OperationError(
      `The topic ${target} has message.timestamp.type=LogAppendTime: it would replace the timestamps. Set CreateTime.`,
    );
}

async function look(
  admin: Admin,
  topic: string,
): Promise<{ partitions: number; timestampType: string | undefined }> {
  if (!(await admin.listTopics()).includes(topic)) return { partitions: 0, timestampType: undefined };
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configNames: ['message.timestamp.type'],
      },
    ],
  });
  const [entry] = resources.flatMap(({ configEntries }) => configEntries);
  return { partitions: topics[0]?.partitions.length ?? 0, timestampType: entry?.configValue };
}
