import { TOPIC } from '../kinds.js';
import { Setting } from '../setting.js';

export class DeadLetterSettings {
  @Setting({
    key: 'DLQ_TOPIC',
    kind: TOPIC,
    default: {
      text: '<KAFKA_TOPIC_NAME>_dlq',
      from: ({ values }) => `${values.get('KAFKA_TOPIC_NAME') ?? ''}_dlq`,
    },
    description: 'The topic for events that cannot be stored.',
  })
  readonly topic!: string;
}
