import { Module } from '@nestjs/common';
import { checkTopic, Kafka } from '#kafka';
import { EventRepository } from '#pipeline';
import { KafkaClientModule, StartupChecks } from '#service';
import { KafkaSettings } from '#settings';
import { ArchiveModule } from '../archive/archive.module.js';

/** Checks the broker, the topic and the lake before anything is read. */
@Module({
  imports: [KafkaClientModule, ArchiveModule],
  providers: [
    {
      provide: StartupChecks,
      inject: [Kafka, EventRepository, KafkaSettings],
      useFactory: (kafka: Kafka, repository: EventRepository, { topicName }: KafkaSettings) =>
        new StartupChecks([() => repository.open(), () => checkTopic(kafka, topicName)]),
    },
  ],
  exports: [StartupChecks],
})
export class StartupModule {}
