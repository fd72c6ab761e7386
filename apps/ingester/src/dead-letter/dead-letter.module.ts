import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { KafkaDeadLetterPublisher } from '#dead-letter';
import { DeadLetterSettings, KafkaSettings } from '#settings';
import { KAFKA, KafkaClientModule } from '../kafka-client.module.js';

export const DEAD_LETTER_PUBLISHER = Symbol('DEAD_LETTER_PUBLISHER');

@Injectable()
class DeadLetterClosing implements OnApplicationShutdown {
  constructor(@Inject(DEAD_LETTER_PUBLISHER) private readonly publisher: KafkaDeadLetterPublisher) {}

  async onApplicationShutdown(): Promise<void> {
    await this.publisher.close();
  }
}

@Module({
  imports: [KafkaClientModule],
  providers: [
    {
      provide: DEAD_LETTER_PUBLISHER,
      inject: [KAFKA, DeadLetterSettings, KafkaSettings],
      useFactory: (kafka: Kafka, { topic }: DeadLetterSettings, { groupId }: KafkaSettings) =>
        new KafkaDeadLetterPublisher(kafka, topic, groupId),
    },
    DeadLetterClosing,
  ],
  exports: [DEAD_LETTER_PUBLISHER],
})
export class DeadLetterModule {}
