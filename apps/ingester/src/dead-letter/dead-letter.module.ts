import { Module } from '@nestjs/common';
import { KafkaDeadLetterPublisher } from '#dead-letter';
import { Kafka } from '#kafka';
import { DeadLetterPublisher } from '#pipeline';
import { KafkaClientModule } from '#service';
import { DeadLetterSettings, KafkaSettings } from '#settings';

@Module({
  imports: [KafkaClientModule],
  providers: [
    {
      provide: DeadLetterPublisher,
      inject: [Kafka, DeadLetterSettings, KafkaSettings],
      useFactory: (kafka: Kafka, { topic }: DeadLetterSettings, { groupId }: KafkaSettings) =>
        new KafkaDeadLetterPublisher(kafka, topic, groupId),
    },
  ],
  exports: [DeadLetterPublisher],
})
export class DeadLetterModule {}
