import { Module } from '@nestjs/common';
import { kafkaClient } from '#kafka';
import { KafkaSettings } from '#settings';
import { KafkaLog } from '#telemetry';

/** The one kafkajs client that consumer, dead-letter producer and admin are made from. */
export const KAFKA = Symbol('KAFKA');

@Module({
  providers: [
    {
      provide: KAFKA,
      inject: [KafkaSettings, KafkaLog],
      useFactory: (settings: KafkaSettings, log: KafkaLog) => kafkaClient(settings, log.creator),
    },
  ],
  exports: [KAFKA],
})
export class KafkaClientModule {}
