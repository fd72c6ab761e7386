import { checkTopics, type Kafka } from '#kafka';
import { FaultError, type EventRepository, type Fault } from '#pipeline';
import type { DeadLetterSettings, KafkaSettings } from '#settings';

/** Whether the broker responds and the topics exist. */
export function kafkaFaults(
  kafka: Kafka,
  { topicName }: KafkaSettings,
  deadLetters: DeadLetterSettings,
): Promise<Fault[]> {
  return checkTopics(kafka, topicName, deadLetters.topic);
}

/** Opens the warehouse, and checks that the consumer group is not new by mistake. */
export async function warehouseFaults(repository: EventRepository, kafka: KafkaSettings): Promise<Fault[]> {
  const faults = await repository.open();
  if (faults.length > 0 || kafka.acceptNewGroup) return faults;
  try {
    const groups = await repository.otherGroups(kafka.topicName);
    return groups.length === 0 ? [] : [newGroup(kafka, groups)];
  } catch (error) {
    if (error instanceof FaultError) return [error.fault];
    throw error;
  }
}

function newGroup({ groupId, topicName }: KafkaSettings, groups: string[]): Fault {
  return {
    class: 'setup',
    code: 'NEW_GROUP',
    message:
      `The consumer group ${groupId} is new to topic ${topicName}, whose events are stored by ` +
      `${groups.join(', ')}: while both run, every event would be stored twice`,
    remedy: 'Set KAFKA_GROUP_ID back, or confirm with KAFKA_ACCEPT_NEW_GROUP=true',
  };
}
