import type { Provider } from '@nestjs/common';
import { BatchServerKafka, consumerConfig, Kafka, KafkaEventSource } from '#kafka';
import { EventSource, PipelineObserver } from '#pipeline';
import { KafkaSettings } from '#settings';

/**
 * What reads the topic: the transport, and the source that the pipeline commits to.
 *
 * @param pattern the `@EventPattern` of the handler
 */
export function consumerProviders(pattern: string): Provider[] {
  return [
    {
      provide: KafkaEventSource,
      inject: [Kafka, KafkaSettings, PipelineObserver],
      useFactory: (kafka: Kafka, settings: KafkaSettings, observer: PipelineObserver) =>
        new KafkaEventSource(kafka, settings.groupId, observer, settings.sessionTimeoutMs),
    },
    { provide: EventSource, useExisting: KafkaEventSource },
    {
      provide: BatchServerKafka,
      inject: [Kafka, KafkaSettings, KafkaEventSource],
      useFactory: (kafka: Kafka, settings: KafkaSettings, source: KafkaEventSource) =>
        new BatchServerKafka({
          kafka,
          source,
          consumer: consumerConfig(settings),
          topics: { [pattern]: settings.topicName },
        }),
    },
  ];
}
