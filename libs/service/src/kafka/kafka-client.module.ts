import { Module } from '@nestjs/common';
import { Kafka, kafkaClient } from '#kafka';
import { KafkaSettings } from '#settings';
import { KafkaLog } from '#telemetry';

/** Provides the one kafkajs client that the consumer, the dead-letter producer and the admin client share. */
@Module({
  providers: [
    {
      provide: Kafka,
      inject: [KafkaSettings, KafkaLog],
      useFactory: (settings: KafkaSettings, log: KafkaLog) => kafkaClient(settings, log.creator),
    },
  ],
  exports: [Kafka],
})
export class KafkaClientModule {}
